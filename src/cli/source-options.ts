// Where the command line gets packages from: the network is allowed, for somebody asks for it by hand.

import type { Command } from "commander";
import type { SkillEngineOptions } from "../index.js";

export interface SourceCommandOptions {
  githubUrl?: string;
  githubApiUrl?: string;
  hub?: string;
  privateSource?: string[];
  targetRoot?: string;
}

/** The options of commands that ask sources. */
export function addSourceOptions(command: Command): Command {
  return command
    .optionsGroup("Sources:")
    .option("--github-url <url>", "in place of https://github.com, for mirrors")
    .option("--github-api-url <url>", "in place of https://api.github.com")
    .option("--hub <url>", "catalogue of skills for plain ids")
    .option(
      "--private-source <url>",
      "addresses below it may be installed from with --system; repeatable",
      (url: string, previous: string[] = []) => [...previous, url],
    )
    .optionsGroup("Options:");
}

export function sourceEngineOptions(options: SourceCommandOptions): SkillEngineOptions {
  const { githubUrl: baseUrl, githubApiUrl: apiBaseUrl, hub, privateSource } = options;
  const token = process.env.GITHUB_TOKEN ?? process.env.GH_TOKEN;
  return {
    allowNetworkDownload: true,
    github: {
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(apiBaseUrl === undefined ? {} : { apiBaseUrl }),
      ...(token === undefined || token === "" ? {} : { token }),
    },
    ...(hub === undefined ? {} : { hub: { baseUrl: hub } }),
    ...(privateSource === undefined ? {} : { privateSources: privateSource }),
  };
}
