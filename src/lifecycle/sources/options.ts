// What a host may set about the places that packages and dependencies come from.

import { parseAddress } from "../downloads/address.js";

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
  readonly github: GithubSettings;
  readonly hub: { readonly baseUrl: string } | undefined;
  /** Without a slash at the end. */
  readonly privateSources: readonly string[];
}

export interface GithubSettings {
  /** Addresses have no slash at the end. */
  readonly baseUrl: string | undefined;
  readonly apiBaseUrl: string;
  readonly token: string | undefined;
}

/**
 * Checks the options and fills in defaults.
 *
 * @throws TypeError naming the option
 */
export function resolveSourceOptions(options: SourceOptions): SourceSettings {
  const { allowNetworkDownload = false, github = {}, hub, privateSources = [] } = options;
  if (typeof allowNetworkDownload !== "boolean") {
    throw wrong("allowNetworkDownload", "true or false", allowNetworkDownload);
  }
  requireObject("github", github);
  if (hub !== undefined) requireObject("hub", hub);
  if (!Array.isArray(privateSources)) throw wrong("privateSources", "an array of addresses", privateSources);
  const token: unknown = github.token;
  if (token !== undefined && (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token))) {
    // What was passed may be a secret.
    throw new TypeError("SkillEngine.create: github.token must be a string of visible ASCII characters");
  }
  return {
    allowNetworkDownload,
    github: {
      baseUrl: github.baseUrl === undefined ? undefined : address("github.baseUrl", github.baseUrl),
      apiBaseUrl: address("github.apiBaseUrl", github.apiBaseUrl ?? "https://api.github.com"),
      token,
    },
    hub: hub === undefined ? undefined : { baseUrl: address("hub.baseUrl", hub.baseUrl) },
    privateSources: privateSources.map((source, index) => address(`privateSources[${index}]`, source)),
  };
}

function address(option: string, value: unknown): string {
  if (typeof value !== "string") throw wrong(option, "an http or https address", value);
  const text = value.trim().replace(/\/+$/, "");
  try {
    parseAddress(option, text);
  } catch {
    throw wrong(option, "an http or https address", value);
  }
  return text;
}

function requireObject(option: string, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(option, "an object", value);
}

function wrong(option: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`SkillEngine.create: ${option} must be ${wanted}, got ${JSON.stringify(value)}`);
}
