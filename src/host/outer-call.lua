-- vulcan.call of strict code: the entry runs on another VM, and values cross as JSON.
local host = ...
local call = host.outer.call
local type_word = host.text.type_word
local type, error, unpack = type, error, unpack

return function(name, args)
  if type(args) ~= "table" then
    error("call: args must be a table, got " .. type_word(args), 0)
  end
  local answer = call(name, args)
  return unpack(answer.values, 1, answer.count)
end
