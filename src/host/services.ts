// What the host functions of all VMs of one engine share.

export interface HostServices {
  readonly paths: {
    /** `vulcan.runtime.temp_dir`. */
    readonly tempDir: string | undefined;
    /** `vulcan.runtime.resources_dir`. */
    readonly resourcesDir: string | undefined;
  };
  /** Label of the encoding that text of files and processes has unless a call says otherwise. */
  readonly defaultTextEncoding: string | undefined;
  /** `io` of exec and lease VMs is the managed one. */
  readonly managedIo: boolean;
}
