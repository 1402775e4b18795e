// vulcan.process, and what io.popen and os.execute stand on.

import { FunctionGroup } from "../vm/host-support.js";
import { requirePlainText } from "./arguments.js";
import type { HostBuilder } from "./builder.js";
import { luaHalf } from "./half.js";
import { execResult } from "./process/exec-result.js";
import { execFields, readExecSpec } from "./process/exec-spec.js";
import { PopenFunctions } from "./process/popen-functions.js";
import { SessionFunctions } from "./process/session-functions.js";
import { sessionFields } from "./process/session-spec.js";
import { launchers } from "./process/shells.js";
import { searchEnvironment, which } from "./process/which.js";
import { workingFolder } from "./process/working-folder.js";
import type { HostVm } from "./scope.js";

const processGroup = new FunctionGroup("vulcan.process", ["exec", "launchers", "which"]);
const sessionGroup = new FunctionGroup("host.session", ["open", "write", "read", "status", "close", "kill"]);
const pipeGroup = new FunctionGroup("host.pipe", ["open", "read", "write", "close", "execute"]);
const execHalf = luaHalf(import.meta.url, "process/exec.lua");
const specHalf = luaHalf(import.meta.url, "process/spec.lua");
const sessionHalf = luaHalf(import.meta.url, "process/session.lua");
const popenHalf = luaHalf(import.meta.url, "process/popen.lua");

export function installProcess(builder: HostBuilder): void {
  builder.functions(processGroup, host => ({
    exec: {
      wait: async spec => {
        const request = readRequest(host, spec);
        return execResult(request, await host.services.processes.run(request.plan, host.run));
      },
      sync: spec => {
        const request = readRequest(host, spec);
        return execResult(request, host.services.processes.runSync(request.plan, host.run));
      },
    },
    launchers: () => launchers(searchEnvironment(workingFolder(host))),
    which: program =>
      which(requirePlainText("process.which", "program", program), searchEnvironment(workingFolder(host))),
  }));
  builder.half("vulcan.process", execHalf);
  builder.value("host.spec.exec_fields", execFields);
  builder.value("host.spec.session_fields", sessionFields);
  builder.half("host.spec", specHalf);
  builder.functions(sessionGroup, host => {
    const sessions = new SessionFunctions(host);
    return {
      open: waiting("open", spec => sessions.open(spec)),
      write: waiting("write", (number, ...values) => sessions.write(number, values)),
      read: waiting("read", (number, options) => sessions.read(number, options)),
      status: number => sessions.status(number),
      close: waiting("close", (number, options) => sessions.close(number, options)),
      kill: waiting("kill", number => sessions.kill(number)),
    };
  });
  builder.half("vulcan.process.session", sessionHalf);
  builder.functions(pipeGroup, host => {
    const pipes = new PopenFunctions(host);
    return {
      open: {
        wait: (command, mode) => pipes.open(command, mode),
        sync: (command, mode) => pipes.openSync(command, mode),
      },
      read: { wait: number => pipes.read(number), sync: number => pipes.readSync(number) },
      write: {
        wait: (number, text) => pipes.write(number, text),
        sync: (number, text) => pipes.writeSync(number, text),
      },
      close: { wait: number => pipes.close(number), sync: number => pipes.closeSync(number) },
      execute: { wait: command => pipes.execute(command), sync: command => pipes.executeSync(command) },
    };
  });
  builder.half("host.popen", popenHalf);
}

function readRequest(host: HostVm, spec: unknown) {
  return readExecSpec(spec, workingFolder(host), host.services.encodings);
}

/** A method of sessions that has no synchronous form. */
function waiting(method: string, wait: (...args: unknown[]) => unknown) {
  return {
    wait,
    sync: () => {
      throw new Error(
        `process.session.${method}: a session needs code that can wait, which a synchronous call and code below a C function (a table.sort comparator, a string.gsub replacement) cannot`,
      );
    },
  };
}
