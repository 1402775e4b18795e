// What a host may set about the places that packages and dependencies come from.

export interface SourceOptions {
  /** True: skill packages and dependencies may be downloaded. Default false. */
  allowNetworkDownload?: boolean;
  /** Releases on GitHub, or on a mirror or an installation of one's own. */
  github?: {
    /** Takes the place of `https://github.com` in the addresses of release files. */
    baseUrl?: string;
    /** Default `https://api.github.com`. */
    apiBaseUrl?: string;
    /** Sent to these two addresses and to nobody else. */
    token?: string;
  };
  /** Catalogue for the source `hub`. */
  hub?: { baseUrl: string };
  /** Addresses below which the source `url` may fetch manifests and archives. Default: none. */
  privateSources?: string[];
}

export interface SourceSettings {
  readonly allowNetworkDownload: boolean;
  readonly github: {
    readonly baseUrl: string | undefined;
    readonly apiBaseUrl: string;
    readonly token: string | undefined;
  };
  readonly hub: { readonly baseUrl: string } | undefined;
  readonly privateSources: readonly string[];
}
