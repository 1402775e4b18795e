-- vulcan.process.exec: what the host gets is what a spec may have.
local host, process = ...
local exec = process.exec

function process.exec(spec)
  return exec(host.spec.exec(spec))
end
