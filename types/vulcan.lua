---@meta vulcan

-- What skills find in their Lua VM, for the Lua language server: the table `vulcan`, and where the standard library
-- differs. Nothing of this file runs.
--
-- "Waits" means that the calling code may stand still until an answer is there, without holding a thread. In synchronous
-- calls (`callSync`) and below C functions (a `table.sort` comparator, a replacement function of `string.gsub`) nothing can
-- wait: most such functions answer on the spot there, holding the thread; the others say what they do instead.
--
-- Wrong arguments raise errors of one form, `fs.read: path must be a string, got nil`. Nothing is converted: a number is no
-- string. Text is UTF-8 unless an encoding says otherwise. All namespaces are read-only.

---A value that JSON has. Functions, threads, userdata, cycles and more than 128 levels raise an error that names the place.
---@alias vulcan.Json nil|boolean|number|string|table

---Encoding of text in bytes. `system`, `ansi`, `acp`, `oem` and `console` are code pages of Windows, and UTF-8 elsewhere;
---`bytes` and `base64` mean that the text is the Base64 of the bytes. Further names: `windows-1250` to `windows-1258`,
---`cp437` and the like.
---@alias vulcan.Encoding
---| "utf-8"
---| "utf8"
---| "system"
---| "ansi"
---| "acp"
---| "oem"
---| "console"
---| "gbk"
---| "cp936"
---| "windows-936"
---| "gb18030"
---| "latin1"
---| "latin-1"
---| "iso-8859-1"
---| "bytes"
---| "base64"
---| string

---What a host does with a result that does not fit: cut it, or show it page by page.
---@alias vulcan.OverflowMode "truncate"|"page"

---Structured data for the host. It counts only where `vulcan.context.host_result.enabled`; else it is not even looked at.
---@class vulcan.HostResult
---@field kind string the shape of `change_set` is checked, that of other kinds is not
---@field payload vulcan.Json

---The function that the file of an entry returns. In: the arguments. Out: text, overflow mode, name of a template, data.
---@alias vulcan.Entry fun(args: table): string, vulcan.OverflowMode?, string?, vulcan.HostResult?

---@class vulcan
vulcan = {}

---Calls an entry of any loaded skill, in that skill's environment and under its identity. Waits where the entry waits.
---Raises what the entry raises; `call: Skill 'x' not found`; an error when more than 64 calls are nested. From strict code
---the entry runs on another VM, and arguments and results cross as JSON.
---@param name string canonical name, as `skill-id-entry`
---@param args table
---@return any ... every value that the function of the entry returns, as it is
function vulcan.call(name, args) end

-- vulcan.json ---------------------------------------------------------------------------------------------------------

---Never leaves the thread it runs on.
---@class vulcan.json
---@field null lightuserdata JSON's null, where nil would be nothing; it is truthy
vulcan.json = {}

---@class vulcan.json.EncodeOptions
---@field sorted? boolean keys in byte order; default true, false is faster

---@class vulcan.json.DecodeOptions
---@field null? boolean keeps null as `vulcan.json.null` and marks empty objects and arrays; default false
---@field int64? boolean integers beyond 2^53 become int64 or uint64 cdata (not in strict code); default false

---Compact JSON text. Integer keys 1…n make an array (holes become null), other keys an object; `{}` is `[]` unless
---marked.
---Raises `json.encode: …` with the path of a value that JSON cannot hold.
---@param value vulcan.Json
---@param options? vulcan.json.EncodeOptions
---@return string
function vulcan.json.encode(value, options) end

---Lua values of JSON text; null members are absent unless `options.null`. Raises `json.decode: …` with the byte offset.
---@param text string
---@param options? vulcan.json.DecodeOptions
---@return any
function vulcan.json.decode(text, options) end

---A shallow copy that is encoded as an object, also when it is empty.
---@param t? table
---@return table
function vulcan.json.object(t) end

---A shallow copy that is encoded as an array, also when it is empty.
---@param t? table
---@return table
function vulcan.json.array(t) end

-- vulcan.path ---------------------------------------------------------------------------------------------------------

---Paths as text, by the rules of the platform; the disk is not looked at. Never leaves the thread it runs on.
---@class vulcan.path
vulcan.path = {}

---Joins with the separator of the platform; an absolute segment starts anew; nothing is normalised.
---@param ... string at least one
---@return string
function vulcan.path.join(...) end

---The folder that the last name is in; `"."` where none is named, the root for a root.
---@param path string
---@return string
function vulcan.path.dirname(path) end

---The last name; `""` for a root.
---@param path string
---@return string
function vulcan.path.basename(path) end

---The last name without its extension.
---@param path string
---@return string
function vulcan.path.stem(path) end

---The extension with its dot; `""` if there is none.
---@param path string
---@return string
function vulcan.path.extname(path) end

---Resolves `.` and `..` in the text alone; `"."` when nothing is left.
---@param path string
---@return string
function vulcan.path.normalize(path) end

---Whether the path is absolute.
---@param path string
---@return boolean
function vulcan.path.is_abs(path) end

-- vulcan.fs -----------------------------------------------------------------------------------------------------------

---Files and folders. What the system refuses is raised as `fs.read: ENOENT: …`. Relative paths hang off
---`vulcan.runtime.cwd()`.
---@class vulcan.fs
vulcan.fs = {}

---@class vulcan.fs.RecursiveOptions
---@field recursive? boolean default false

---@class vulcan.fs.CopyOptions
---@field overwrite? boolean default false

---@class vulcan.fs.Stat
---@field kind "file"|"dir"|"symlink"|"other"
---@field is_file boolean
---@field is_dir boolean
---@field is_symlink boolean
---@field readonly boolean
---@field size? integer bytes; of files only
---@field modified_unix_ms? integer milliseconds since 1970

---Names in a folder as the file system has them: unsorted, hidden ones too, without `.` and `..`. Waits for large folders.
---Raises an error for a name that is not UTF-8.
---@param path string
---@return string[]
function vulcan.fs.list(path) end

---The whole file, which must be UTF-8. Waits for files over 64 KiB.
---@param path string
---@return string
function vulcan.fs.read(path) end

---The whole file as Base64. Waits for files over 64 KiB.
---@param path string
---@return string base64
function vulcan.fs.read_bytes(path) end

---Makes the text the content of the file; makes the file, but no folders. A write that fails leaves the old content. Waits
---over 64 KiB.
---@param path string
---@param content string UTF-8 without NUL; may be empty
function vulcan.fs.write(path, content) end

---As `write`, with bytes given as Base64 with its padding. Waits over 64 KiB.
---@param path string
---@param base64 string not empty
---@return true
function vulcan.fs.write_bytes(path, base64) end

---Whether there is anything; a link that leads nowhere does not exist.
---@param path string
---@return boolean
function vulcan.fs.exists(path) end

---Whether there is a folder, or a link to one.
---@param path string
---@return boolean
function vulcan.fs.is_dir(path) end

---Moves a file or folder within its file system; a file in its way is replaced.
---@param from string
---@param to string
---@return true
function vulcan.fs.rename(from, to) end

---Removes a file, a folder or a link itself; false if there is nothing. A folder has to be empty unless `recursive`, which
---waits.
---@param path string
---@param options? vulcan.fs.RecursiveOptions
---@return boolean
function vulcan.fs.remove(path, options) end

---Makes a folder, with `recursive` those above it too; false if it is one already.
---@param path string
---@param options? vulcan.fs.RecursiveOptions
---@return boolean
function vulcan.fs.mkdir(path, options) end

---Copies a file or a tree to a place whose folder exists, whole or not at all; false if there is something and
---`overwrite` is not set. Waits for trees and files over 64 KiB. Raises an error for links and special files in the source
---and for trees that overlap.
---@param src string
---@param dst string
---@param options? vulcan.fs.CopyOptions
---@return boolean
function vulcan.fs.copy(src, dst, options) end

---What is under the path itself, links not followed; nil if there is nothing.
---@param path string
---@return vulcan.fs.Stat?
function vulcan.fs.stat(path) end

-- vulcan.io -----------------------------------------------------------------------------------------------------------

---Files and commands as text of an encoding. Unlike the standard `io`, everything that fails raises an error.
---@class vulcan.io
vulcan.io = {}

---@class vulcan.io.TextOptions
---@field encoding? vulcan.Encoding default: the engine's

---@class vulcan.io.CommandOptions
---@field encoding? vulcan.Encoding default: the engine's
---@field timeout_ms? integer positive; default 60,000

---An open file. It holds the whole content; the disk sees it at `flush` and `close`.
---@class vulcan.io.File
local file = {}

---`"a"` the rest, `"l"` a line (the default), `"L"` a line with its end, a number that many bytes; nil at the end.
---@param ... "a"|"*a"|"l"|"*l"|"L"|"*L"|integer
---@return string? ...
function file:read(...) end

---An iterator over what `read` returns for these formats.
---@param ... "a"|"*a"|"l"|"*l"|"L"|"*L"|integer
---@return fun(): string?, ...
function file:lines(...) end

---Writes the values one after the other.
---@param ... string|number|boolean
---@return vulcan.io.File self
function file:write(...) end

---Brings what was written to the disk. Waits over 64 KiB.
---@return true
function file:flush() end

---Flushes and ends the handle. Of a command: whether it succeeded. Waits over 64 KiB.
---@return boolean
function file:close() end

---Moves the position, in bytes of the content.
---@param whence? "set"|"cur"|"end" default `"cur"`
---@param offset? integer default 0
---@return integer position from the start
function file:seek(whence, offset) end

---Does nothing: the whole content is buffered.
---@param mode? string
---@param size? integer
---@return true
function file:setvbuf(mode, size) end

---Opens a file: `r`, `w` or `a`, with `+` (both ways) and `b` (bytes, no encoding). Waits for files over 64 KiB.
---@param path string
---@param mode? string default `"r"`
---@param options? vulcan.Encoding|vulcan.io.TextOptions
---@return vulcan.io.File
function vulcan.io.open(path, mode, options) end

---The whole text of a file; bytes that mean nothing in the encoding are U+FFFD. Waits over 64 KiB.
---@param path string
---@param options? vulcan.Encoding|vulcan.io.TextOptions
---@return string
function vulcan.io.read_text(path, options) end

---Makes the text the content of the file. Waits over 64 KiB. Raises an error for text that the encoding cannot express.
---@param path string
---@param content string
---@param options? vulcan.Encoding|vulcan.io.TextOptions
---@return true
function vulcan.io.write_text(path, content, options) end

---Adds the text to the end of the file. Waits over 64 KiB.
---@param path string
---@param content string
---@param options? vulcan.Encoding|vulcan.io.TextOptions
---@return true
function vulcan.io.append_text(path, content, options) end

---An iterator over the lines of a file, without their ends. Waits for files over 64 KiB.
---@param path string
---@param options? vulcan.Encoding|vulcan.io.TextOptions
---@return fun(): string?
function vulcan.io.lines(path, options) end

---A file in memory, without a name, for reading and writing.
---@return vulcan.io.File
function vulcan.io.tmpfile() end

---Runs a command of the shell to its end and opens what it printed. Waits. Raises an error when it does not start, does not
---end in time or prints more than 16 MiB.
---@param command string
---@param mode? "r"|"rb" default `"r"`
---@param options? vulcan.Encoding|vulcan.io.CommandOptions
---@return vulcan.io.File
---@overload fun(command: string, options: vulcan.io.CommandOptions): vulcan.io.File
function vulcan.io.popen(command, mode, options) end

-- vulcan.process ------------------------------------------------------------------------------------------------------

---Child processes. They die with the call that started them, with everything they have started themselves.
---@class vulcan.process
vulcan.process = {}

---Either `command` or `program`. Members that are not listed are ignored.
---@class vulcan.process.ExecSpec
---@field command? string a line for a shell
---@field program? string a program to start without a shell
---@field args? (string|number|boolean)[] of the program
---@field cwd? string folder to run in
---@field env? table<string, string|number|boolean> added to the environment of the host
---@field stdin? string what it reads; absent: nothing
---@field timeout_ms? integer positive; absent: as long as the call may take
---@field shell? boolean|string which shell runs the command: true the default one, or a name that `launchers` lists
---@field encoding? vulcan.Encoding of all three streams; default: the engine's
---@field stdin_encoding? vulcan.Encoding
---@field stdout_encoding? vulcan.Encoding
---@field stderr_encoding? vulcan.Encoding
---@field max_output_bytes? integer per stream, what is beyond is dropped; default 16 MiB

---@class vulcan.process.ExecResult
---@field ok boolean it ended with code 0
---@field success boolean the same
---@field code? integer absent when it was killed or did not start
---@field error? string what went wrong
---@field timed_out boolean
---@field stdout string
---@field stderr string with a line about a timeout or a failed start
---@field stdout_encoding string
---@field stderr_encoding string
---@field stdout_lossy boolean some bytes mean nothing in the encoding; the text has U+FFFD there
---@field stderr_lossy boolean
---@field stdout_base64? string the bytes themselves, when the text is lossy
---@field stderr_base64? string
---@field stdout_truncated boolean there was more than `max_output_bytes`
---@field stderr_truncated boolean

---Runs a process to its end. Waits. A process that fails, is killed or cannot be started is a result, not an error.
---@param spec string|vulcan.process.ExecSpec a string is a `command`
---@return vulcan.process.ExecResult
function vulcan.process.exec(spec) end

---@class vulcan.process.Launchers
---@field default string
---@field shells string[] those that are installed, the default first

---The shells that `exec` can use.
---@return vulcan.process.Launchers
function vulcan.process.launchers() end

---The absolute path of a program, nil if there is none.
---@param program string a name to look for in PATH, or a path
---@return string?
function vulcan.process.which(program) end

---@class vulcan.process.session
vulcan.process.session = {}

---@class vulcan.process.SessionSpec
---@field program string
---@field args? string[]
---@field cwd? string
---@field encoding? vulcan.Encoding of all three streams; default: the engine's
---@field stdin_encoding? vulcan.Encoding
---@field stdout_encoding? vulcan.Encoding
---@field stderr_encoding? vulcan.Encoding
---@field buffer_limit_bytes? integer output per stream that waits to be read, the oldest is lost beyond it; default 1 MiB

---@class vulcan.process.SessionReadOptions
---@field timeout_ms? integer milliseconds; default 100
---@field max_bytes? integer per stream; default 65,536
---@field until_text? string waits until this was printed

---@class vulcan.process.SessionCloseOptions
---@field timeout_ms? integer milliseconds that it may take to end by itself; default 1,000

---@class vulcan.process.SessionOutput
---@field stdout string
---@field stderr string
---@field stdout_encoding string
---@field stderr_encoding string
---@field stdout_lossy boolean
---@field stderr_lossy boolean
---@field stdout_base64? string
---@field stderr_base64? string
---@field stdout_truncated boolean output was lost since the last read
---@field stderr_truncated boolean
---@field timed_out boolean nothing, or not the text that was waited for, came in time

---@class vulcan.process.SessionStatus
---@field running boolean
---@field exited boolean
---@field success? boolean once it has exited
---@field code? integer once it has exited by itself

---A process that is talked to while it runs.
---@class vulcan.process.Session
local session = {}

---Writes to its standard input. Waits until the process has taken it. Raises `stdin is closed`.
---@param ... string|number|boolean
---@return true
function session:write(...) end

---Takes what was printed since the last read. Waits for something, or for `until_text`.
---@param options? vulcan.process.SessionReadOptions
---@return vulcan.process.SessionOutput
function session:read(options) end

---Whether it runs, and how it ended.
---@return vulcan.process.SessionStatus
function session:status() end

---Ends its input, waits for its end, and kills what is left of it.
---@param options? vulcan.process.SessionCloseOptions
---@return vulcan.process.SessionStatus
function session:close(options) end

---Kills the process and everything it has started. Waits until it is gone.
---@return true
function session:kill() end

---Starts a process. Waits until it runs. Raises an error when it cannot be started, and wherever nothing can wait.
---@param spec vulcan.process.SessionSpec
---@return vulcan.process.Session
function vulcan.process.session.open(spec) end

-- vulcan.os -----------------------------------------------------------------------------------------------------------

---@class vulcan.os
vulcan.os = {}

---@class vulcan.os.Info
---@field os "linux"|"macos"|"windows"|string
---@field arch "x86_64"|"aarch64"|"i686"|"armv7l"|string

---The platform.
---@return vulcan.os.Info
function vulcan.os.info() end

-- vulcan.runtime ------------------------------------------------------------------------------------------------------

---@class vulcan.runtime
---@field temp_dir? string folder for temporary files; nil if the host names none. It need not exist yet
---@field resources_dir? string folder of shared resources; nil if the host names none
vulcan.runtime = {}

---@class vulcan.runtime.overflow_type
---@field truncate "truncate"
---@field page "page"
vulcan.runtime.overflow_type = {}

---Who runs. All nil outside calls.
---@class vulcan.runtime.internal
---@field tool_name? string canonical name of the entry
---@field skill_name? string id of the skill
---@field entry_name? string name of the entry in its manifest
---@field root_name? string label of the root of the skill
---@field luaexec_active boolean the code runs under `vulcan.runtime.lua.exec` or the host's `execLua`
---@field luaexec_caller_tool_name? string who started that
vulcan.runtime.internal = {}

---Writes to the log of the engine. A level that contains `error` or `fatal` is an error, one that contains `warn` a
---warning, everything else information. Not there in code under `exec`.
---@param level string
---@param message string may be empty
function vulcan.runtime.log(level, message) end

---Says how far the call has come. Whoever called hears it if they asked to; MCP clients see it as progress. Numbers that do
---not grow are passed over by clients. Not there in code under `exec`.
---@param done number from 0
---@param total? number where `done` will be at the end, if that is known
---@param message? string what happens now
function vulcan.runtime.progress(done, total, message) end

---The directory that relative paths hang off.
---@return string
function vulcan.runtime.cwd() end

---@class vulcan.runtime.lua
vulcan.runtime.lua = {}

---Either `code` or `file`.
---@class vulcan.runtime.lua.ExecInput
---@field code? string
---@field file? string path of a Lua file; its folder becomes the working directory of the code
---@field sandbox? "trusted"|"strict" strict code reaches `vulcan.json`, `vulcan.path` and what `allow` names; default trusted
---@field allow? string[] members below `vulcan` for strict code, such as `"fs.read"`
---@field args? table the local `args` of the code
---@field task? string what it is for; shown in the report
---@field timeout_ms? number milliseconds; default 60,000, or what the host has set

---Runs code on another VM, without the identity of the skill, and reports in Markdown what it returned and printed or what
---went wrong in it. Waits. Raises an error only for a wrong input. Not there in code under `exec`.
---@param input vulcan.runtime.lua.ExecInput
---@return string markdown
function vulcan.runtime.lua.exec(input) end

---Management of skills by a skill, if the host allows it. Each operation waits, and raises an error where nothing can wait,
---where the host does not allow it, or when it fails.
---@class vulcan.runtime.skills
---@field enabled boolean the host allows it
vulcan.runtime.skills = {}

---@class vulcan.runtime.skills.Status
---@field enabled boolean
---@field callback_registered boolean there is somebody who does it
---@field mode "host_callback"
---@field message string

---@class vulcan.runtime.skills.Layer
---@field label string
---@field writable boolean
---@field description string

---@class vulcan.runtime.skills.Layers
---@field default? string label that an install goes to
---@field writable boolean
---@field labels string[]
---@field layers vulcan.runtime.skills.Layer[]

---Whether the operations can be used.
---@return vulcan.runtime.skills.Status
function vulcan.runtime.skills.status() end

---The roots that a skill may name.
---@return vulcan.runtime.skills.Layers
function vulcan.runtime.skills.layers() end

---What the operations take, unless the host answers them in its own way. `skill_id` alone may also be passed as text.
---@class vulcan.runtime.skills.Request
---@field skill_id? string
---@field source? string `owner/repo`, `npm:name`, a folder, a zip file; install and update
---@field source_type? "github"|"hub"|"url"|"npm"|"folder"|"zip" what the source is, where it does not look like it
---@field version? string a version or a range such as `^1.2`
---@field target_root? string label of the root to change
---@field dry_run? boolean install and update: say what would happen, change nothing
---@field remove_sqlite? boolean uninstall: the SQLite database goes too
---@field remove_lancedb? boolean uninstall: the LanceDB database goes too
---@field reason? string disable: why

---Installs a skill. Waits. The answer has `skill_id`, `status` (`installed`, `already_installed`, `planned`), `message`, `version`,
---`source_type`, `source_locator`.
---@param input vulcan.runtime.skills.Request|string
---@return any
function vulcan.runtime.skills.install(input) end

---Updates a skill. Waits. The answer is that of `install`, with the statuses `updated`, `up_to_date` and `planned`, and
---`previous_version`.
---@param input vulcan.runtime.skills.Request|string
---@return any
function vulcan.runtime.skills.update(input) end

---Removes a skill. Waits. The answer has `skill_id`, `skill_removed`, `sqlite_removed`, `sqlite_retained`, `lancedb_removed`,
---`lancedb_retained`, `message`.
---@param input vulcan.runtime.skills.Request|string
---@return any
function vulcan.runtime.skills.uninstall(input) end

---Switches a skill on. Waits. The answer has `skill_id` and `status`.
---@param input vulcan.runtime.skills.Request|string
---@return any
function vulcan.runtime.skills.enable(input) end

---Switches a skill off. Waits. The answer has `skill_id` and `status`.
---@param input vulcan.runtime.skills.Request|string
---@return any
function vulcan.runtime.skills.disable(input) end

-- vulcan.context, vulcan.deps -----------------------------------------------------------------------------------------

---@class vulcan.context.ClientInfo
---@field kind? string
---@field name? string
---@field version? string

---@class vulcan.context.Request
---@field request_id? string
---@field client_name? string
---@field transport_name? string
---@field session_id? string
---@field client_info? vulcan.context.ClientInfo
---@field client_capabilities? any

---What the client takes as the fourth value of an entry.
---@class vulcan.context.HostResult
---@field enabled boolean
---@field allowed_kinds string[] empty: all
---@field max_payload_bytes? integer of compact JSON text

---About the running call. Nothing of it is there while the file of an entry is loaded, only while its function runs.
---@class vulcan.context
---@field request vulcan.context.Request empty if the request says nothing
---@field client_info? vulcan.context.ClientInfo
---@field client_capabilities any
---@field client_budget any as the host gives it; usually `tool_result` and `file_read`, each `{ bytes, lines }`
---@field tool_config any as the host gives it
---@field skill_dir? string absolute path of the package
---@field entry_dir? string absolute path of the folder of the running file
---@field entry_file? string absolute path of the running file
---@field host_result vulcan.context.HostResult
vulcan.context = {}

---Folders of the dependencies of the skill; they need not exist.
---@class vulcan.deps
---@field tools_path? string
---@field lua_path? string
---@field ffi_path? string
vulcan.deps = {}

-- vulcan.config, vulcan.cache -----------------------------------------------------------------------------------------

---Text values of the running skill, kept in a file that all processes share. Raises an error outside skills, and when the
---file cannot be located, read or written.
---@class vulcan.config
vulcan.config = {}

---The value; nil if there is none.
---@param key string
---@return string?
function vulcan.config.get(key) end

---Whether there is a value.
---@param key string
---@return boolean
function vulcan.config.has(key) end

---Sets a value. Waits for the disk and for other processes.
---@param key string
---@param value string may be empty
---@return true
function vulcan.config.set(key, value) end

---Removes a value. Waits for the disk and for other processes.
---@param key string
---@return boolean there was one
function vulcan.config.delete(key) end

---All values by key.
---@return table<string, string>
function vulcan.config.list() end

---Values that an entry keeps between its calls, in the memory of the engine. Only the entry that put a value gets it.
---Empty in code under `exec`.
---@class vulcan.cache
vulcan.cache = {}

---Keeps a copy of a value.
---@param value vulcan.Json
---@param ttl_sec? integer seconds, at least 1, at most (and by default) 1,800 or what the host has set
---@return string id
function vulcan.cache.put(value, ttl_sec) end

---The value; nil if it has expired, was pushed out, or belongs to another entry.
---@param id string
---@return any
function vulcan.cache.get(id) end

---Drops a value.
---@param id string
---@return boolean there was one
function vulcan.cache.delete(id) end

-- vulcan.sqlite, vulcan.lancedb ---------------------------------------------------------------------------------------

---The SQLite database of the skill, if its manifest enables one: a file of its own that keeps its content over reloads and
---restarts. Every function but `info` and `status` waits; `callSync` has it on the spot. They raise
---`current skill has not enabled sqlite` where there is none, before they look at the input, else `sqlite.query_json: …`
---with what is wrong with a field, or with SQLite's own message. Each call is by itself: transactions, TEMP tables, ATTACH
---and PRAGMAs end with it.
---@class vulcan.sqlite
---@field enabled boolean there is a database
vulcan.sqlite = {}

---A value of a placeholder, by position: the first takes `params[1]`, whatever it is called (`?`, `?1`, `:name`). Whole
---numbers are INTEGER, others REAL, booleans 0 and 1. nil ends a list too early: use `{ kind = "null" }`. int64 cdata keeps
---all its digits.
---@alias vulcan.sqlite.Parameter nil|boolean|number|string|vulcan.sqlite.TypedParameter

---@class vulcan.sqlite.TypedParameter
---@field kind "null"|"bool"|"int64"|"float64"|"string"|"bytes"
---@field value? boolean|number|string|integer[] of that kind; of bytes: numbers from 0 to 255
---@field base64? string the value of bytes as Base64, instead of `value`

---@class vulcan.sqlite.ScriptInput
---@field sql string
---@field params? vulcan.sqlite.Parameter[] then `sql` must be one statement

---@class vulcan.sqlite.BatchInput
---@field sql string one statement
---@field items vulcan.sqlite.Parameter[][] parameters of each run; not empty

---@class vulcan.sqlite.StreamInput
---@field sql string one statement
---@field params? vulcan.sqlite.Parameter[]
---@field chunk_bytes? integer size of a chunk; default 1 MiB, at least 64 KiB
---@field chunk_size? integer the same, where there is no `chunk_bytes`

---@class vulcan.sqlite.StreamHandle
---@field stream_id integer

---@class vulcan.sqlite.ChunkInput
---@field stream_id integer
---@field index integer from 0

---How text is cut into words: `none` at whitespace and punctuation, `jieba` as Chinese is.
---@alias vulcan.sqlite.TokenizerMode "none"|"jieba"

---@class vulcan.sqlite.TokenizeInput
---@field text string not blank
---@field tokenizer_mode? vulcan.sqlite.TokenizerMode default none
---@field mode? vulcan.sqlite.TokenizerMode the same, where there is no `tokenizer_mode`
---@field search_mode? boolean jieba: long words and the words in them; default false

---@class vulcan.sqlite.WordInput
---@field word string not blank
---@field weight? integer frequency, at least 1; default 1

---@class vulcan.sqlite.WordRemoval
---@field word string not blank

---@class vulcan.sqlite.IndexInput
---@field index_name string letters, digits and underscores, no digit first; not `_vulcan_…`
---@field tokenizer_mode? vulcan.sqlite.TokenizerMode default none
---@field mode? vulcan.sqlite.TokenizerMode the same, where there is no `tokenizer_mode`

---@class vulcan.sqlite.DocumentInput
---@field index_name string
---@field id string not blank
---@field file_path string not blank
---@field title? string default empty
---@field content? string default empty
---@field tokenizer_mode? vulcan.sqlite.TokenizerMode of the index, if it has to be made; default none
---@field mode? vulcan.sqlite.TokenizerMode the same, where there is no `tokenizer_mode`

---@class vulcan.sqlite.DocumentRemoval
---@field index_name string
---@field id string not blank

---@class vulcan.sqlite.SearchInput
---@field index_name string
---@field query string plain text, not blank; the words are joined by OR
---@field tokenizer_mode? vulcan.sqlite.TokenizerMode that of the index; default none
---@field mode? vulcan.sqlite.TokenizerMode the same, where there is no `tokenizer_mode`
---@field limit? integer hits, 1 to 200; default 10
---@field offset? integer hits to leave out; default 0

---@class vulcan.sqlite.LibraryInfo
---@field name string
---@field version string
---@field ffi_stage string
---@field capabilities string[]

---Where there is no database only `enabled`, `initialized`, `skill_name`, `integration_mode` and `reason` are there.
---@class vulcan.sqlite.Status
---@field enabled boolean
---@field initialized boolean
---@field skill_name string id of the skill; empty outside skills
---@field integration_mode "dynamic_library"|"host_callback" the library beside the engine, or the host itself
---@field reason? string why there is no database
---@field skill_dir_name? string
---@field database_path? string the file
---@field library_path? string
---@field library_name? string
---@field library_version? string
---@field ffi_stage? string
---@field capabilities? string[] the operations
---@field space_label? string label of the root
---@field root_name? string the same
---@field binding_tag? string `<label>-<skill id>`
---@field space_root? string folder of all databases of the root
---@field default_database_path? string
---@field log_level? "off"|"info"|"warning"
---@field slow_log_enabled? boolean
---@field slow_log_threshold_ms? integer
---@field library_info? vulcan.sqlite.LibraryInfo of `info` only

---@class vulcan.sqlite.ScriptResult
---@field success true
---@field message string
---@field rows_changed integer of a script: by its last INSERT, UPDATE or DELETE; of a batch: by all its runs
---@field last_insert_rowid integer 0 unless this call has inserted
---@field statements_executed integer of a batch: its runs

---@class vulcan.sqlite.QueryResult
---@field success true
---@field row_count integer
---@field rows table<string, any>[] by the names of columns. NULL is absent; a BLOB is an array of bytes
---@field json_data string the rows as JSON text, with all digits of integers

---@class vulcan.sqlite.StreamStart
---@field success true
---@field stream_id integer
---@field metrics_ready boolean

---@class vulcan.sqlite.StreamMetrics
---@field success true
---@field stream_id integer
---@field metrics_ready boolean
---@field row_count integer
---@field chunk_count integer
---@field total_bytes integer

---@class vulcan.sqlite.Chunk
---@field success true
---@field stream_id integer
---@field index integer
---@field byte_count integer
---@field chunk_base64 string

---@class vulcan.sqlite.StreamEnd
---@field success true
---@field stream_id integer
---@field message string

---@class vulcan.sqlite.Tokens
---@field success true
---@field tokenizer_mode vulcan.sqlite.TokenizerMode
---@field normalized_text string with single blanks
---@field fts_query string the tokens for MATCH: quoted, joined by blanks, or by OR in search mode
---@field tokens string[]

---@class vulcan.sqlite.WordResult
---@field success true
---@field message string
---@field affected_rows integer
---@field word string
---@field weight? integer where one was set

---@class vulcan.sqlite.Word
---@field word string
---@field weight integer

---@class vulcan.sqlite.Words
---@field success true
---@field message string
---@field total integer
---@field words vulcan.sqlite.Word[]

---@class vulcan.sqlite.IndexResult
---@field success true
---@field message string
---@field index_name string
---@field tokenizer_mode vulcan.sqlite.TokenizerMode
---@field reindexed_rows? integer of a rebuild

---@class vulcan.sqlite.DocumentResult
---@field success true
---@field message string
---@field affected_rows integer 2 where a document was replaced
---@field index_name string
---@field id string

---@class vulcan.sqlite.Hit
---@field id string
---@field file_path string
---@field title string
---@field title_highlight string the title with `<mark>` and `</mark>`
---@field content_snippet string twelve words of the content, marked alike
---@field score number larger is better
---@field rank integer from 1, `offset` counted
---@field raw_score number bm25, smaller is better

---@class vulcan.sqlite.Hits
---@field success true
---@field message string
---@field index_name string
---@field tokenizer_mode vulcan.sqlite.TokenizerMode
---@field normalized_query string
---@field fts_query string
---@field source "sqlite_fts"
---@field query_mode "fts"
---@field total integer all matches, whatever `limit` and `offset`
---@field hits vulcan.sqlite.Hit[]

---As `status`, and the library by itself. Raises nothing.
---@return vulcan.sqlite.Status
function vulcan.sqlite.info() end

---Whether there is a database and why not, where it lies, what serves it. Raises nothing.
---@return vulcan.sqlite.Status
function vulcan.sqlite.status() end

---Runs statements one after the other, without a transaction around them: what ran before an error stays, unless the
---script begins a transaction itself. Rows are dropped; with `params` a statement that returns rows is an error.
---@param input vulcan.sqlite.ScriptInput
---@return vulcan.sqlite.ScriptResult
function vulcan.sqlite.execute_script(input) end

---Runs one statement once per item, all in one transaction: an error undoes all of them.
---@param input vulcan.sqlite.BatchInput
---@return vulcan.sqlite.ScriptResult
function vulcan.sqlite.execute_batch(input) end

---The rows of one statement, which may also write (`INSERT … RETURNING`).
---@param input vulcan.sqlite.ScriptInput
---@return vulcan.sqlite.QueryResult
function vulcan.sqlite.query_json(input) end

---Starts a query whose rows go to a temporary file as an Arrow IPC stream, and does not wait for its end. What is wrong
---with the statement is raised by `query_stream_wait_metrics` and `query_stream_chunk`. A skill has at most 64 streams: one
---more closes the one that was not used for longest.
---@param input vulcan.sqlite.StreamInput
---@return vulcan.sqlite.StreamStart
function vulcan.sqlite.query_stream(input) end

---Waits for the end of the query. Raises its error; `there is no open stream 7`.
---@param input vulcan.sqlite.StreamHandle
---@return vulcan.sqlite.StreamMetrics
function vulcan.sqlite.query_stream_wait_metrics(input) end

---One chunk, as soon as it is there, in any order and as often as wanted. All chunks in their order are one Arrow IPC
---stream; no rows are no chunks. Raises the error of the query, and an error for an index beyond the last chunk.
---@param input vulcan.sqlite.ChunkInput
---@return vulcan.sqlite.Chunk
function vulcan.sqlite.query_stream_chunk(input) end

---Ends the query, if it still runs, and drops its chunks. Raises an error the second time.
---@param input vulcan.sqlite.StreamHandle
---@return vulcan.sqlite.StreamEnd
function vulcan.sqlite.query_stream_close(input) end

---The words of a text.
---@param input vulcan.sqlite.TokenizeInput
---@return vulcan.sqlite.Tokens
function vulcan.sqlite.tokenize_text(input) end

---Adds a word to the dictionary that jieba cuts this database's texts with, or changes its weight. It counts for queries and
---new documents at once, for old ones after `rebuild_fts_index`.
---@param input vulcan.sqlite.WordInput
---@return vulcan.sqlite.WordResult
function vulcan.sqlite.upsert_custom_word(input) end

---Removes a word from the dictionary; `affected_rows` is 0 if it is not in it.
---@param input vulcan.sqlite.WordRemoval
---@return vulcan.sqlite.WordResult
function vulcan.sqlite.remove_custom_word(input) end

---The words of the dictionary in byte order.
---@return vulcan.sqlite.Words
function vulcan.sqlite.list_custom_words() end

---Makes a full-text index if there is none of this name: an FTS5 table with the columns `id`, `file_path`, `title` and
---`content`, which SQL can read too. One that is there keeps its tokenizer.
---@param input vulcan.sqlite.IndexInput
---@return vulcan.sqlite.IndexResult
function vulcan.sqlite.ensure_fts_index(input) end

---Makes an index anew from the documents in it, with the tokenizer of the input, all or nothing.
---@param input vulcan.sqlite.IndexInput
---@return vulcan.sqlite.IndexResult
function vulcan.sqlite.rebuild_fts_index(input) end

---Puts a document into an index, in place of one with the same id. Makes the index if there is none.
---@param input vulcan.sqlite.DocumentInput
---@return vulcan.sqlite.DocumentResult
function vulcan.sqlite.upsert_fts_document(input) end

---Removes a document; `affected_rows` is 0 if it is not in the index. Raises an error if there is no index.
---@param input vulcan.sqlite.DocumentRemoval
---@return vulcan.sqlite.DocumentResult
function vulcan.sqlite.delete_fts_document(input) end

---The documents that have a word of the query, best first. Makes the index if there is none.
---@param input vulcan.sqlite.SearchInput
---@return vulcan.sqlite.Hits
function vulcan.sqlite.search_fts(input) end

---The LanceDB tables of the skill, if its manifest enables them: rows with vectors, and the nearest ones to a vector. Every
---function but `info` and `status` waits, and raises an error where nothing can wait. They raise
---`current skill has not enabled lancedb` where there are no tables, before they look at the input, else
---`lancedb.vector_search: …` with what is wrong with a field, or with LanceDB's own message.
---@class vulcan.lancedb
---@field enabled boolean there is a place for tables
vulcan.lancedb = {}

---@class vulcan.lancedb.Column
---@field name string
---@field column_type vulcan.lancedb.ColumnType
---@field vector_dim? integer numbers in a vector; of vectors only, and required there
---@field nullable? boolean default true

---@alias vulcan.lancedb.ColumnType
---| "string"
---| "int64"
---| "int32"
---| "uint64"
---| "uint32"
---| "float64"
---| "float32"
---| "bool"
---| "boolean"
---| "vector_float32"
---| "vector-float32"

---@alias vulcan.lancedb.Format
---| "json"
---| "json_rows"
---| "json-rows"
---| "arrow"
---| "arrow_ipc"
---| "arrow-ipc"

---@class vulcan.lancedb.TableInput
---@field table_name string
---@field columns vulcan.lancedb.Column[] not empty
---@field overwrite_if_exists? boolean a table of this name goes, with its rows; default false: it is an error

---Either `rows` or `data`, 50 MiB at most.
---@class vulcan.lancedb.UpsertInput
---@field table_name string
---@field rows? table<string, any>[]|string rows by names of columns, or JSON text of them; wins over `data`
---@field data? string|table<string, any>[] bytes of an Arrow IPC stream, or rows
---@field input_format? vulcan.lancedb.Format what a string is; default: Arrow for `data`, JSON for `rows`
---@field key_columns? string[] rows with the same values in them are replaced; default none: all rows are added

---@class vulcan.lancedb.SearchInput
---@field table_name string
---@field vector number[] as long as those of the column
---@field limit? integer rows; default 10, at most 10,000
---@field filter? string an SQL condition that rows must meet
---@field vector_column? string where there are several
---@field output_format? vulcan.lancedb.Format default json

---@class vulcan.lancedb.DeleteInput
---@field table_name string
---@field condition string an SQL condition; the rows that meet it go

---@class vulcan.lancedb.DropInput
---@field table_name string

---Where there are no tables only `enabled`, `initialized`, `skill_name`, `integration_mode` and `reason` are there.
---@class vulcan.lancedb.Status
---@field enabled boolean
---@field initialized boolean
---@field skill_name string id of the skill; empty outside skills
---@field integration_mode "dynamic_library"|"host_callback" the library beside the engine, or the host itself
---@field reason? string why there are no tables
---@field skill_dir_name? string
---@field database_path? string the folder or URI of the tables
---@field library_path? string
---@field space_label? string label of the root
---@field root_name? string the same
---@field binding_tag? string `<label>-<skill id>`
---@field space_root? string folder of all databases of the root
---@field default_database_path? string
---@field log_level? "off"|"info"|"warning"
---@field slow_log_enabled? boolean
---@field slow_log_threshold_ms? integer

---@class vulcan.lancedb.Message
---@field success true
---@field message string

---@class vulcan.lancedb.UpsertResult
---@field success true
---@field message string
---@field version integer of the table
---@field input_rows integer
---@field inserted_rows integer
---@field updated_rows integer
---@field deleted_rows integer

---@class vulcan.lancedb.SearchResult
---@field success true
---@field message string
---@field format "json"|"arrow_ipc"
---@field rows integer
---@field byte_length integer
---@field data_json? table<string, any>[] JSON: all columns of each row, and `_distance`, nearest first
---@field data? string Arrow: the bytes of an IPC stream

---@class vulcan.lancedb.DeleteResult
---@field success true
---@field message string
---@field version integer of the table
---@field deleted_rows integer

---The same as `status`. Raises nothing.
---@return vulcan.lancedb.Status
function vulcan.lancedb.info() end

---Whether there is a place for tables and why not, where it is. Raises nothing.
---@return vulcan.lancedb.Status
function vulcan.lancedb.status() end

---Makes a table.
---@param input vulcan.lancedb.TableInput
---@return vulcan.lancedb.Message
function vulcan.lancedb.create_table(input) end

---Adds rows, or replaces those with the same key. Columns decide: members that are none are left out, missing ones are null,
---and nothing is converted between strings, numbers and booleans.
---@param input vulcan.lancedb.UpsertInput
---@return vulcan.lancedb.UpsertResult
function vulcan.lancedb.vector_upsert(input) end

---The rows nearest to a vector, by squared Euclidean distance.
---@param input vulcan.lancedb.SearchInput
---@return vulcan.lancedb.SearchResult
function vulcan.lancedb.vector_search(input) end

---Removes the rows that meet a condition; none is no error.
---@param input vulcan.lancedb.DeleteInput
---@return vulcan.lancedb.DeleteResult
function vulcan.lancedb.delete(input) end

---Removes a table and its rows. Raises an error if there is none.
---@param input vulcan.lancedb.DropInput
---@return vulcan.lancedb.Message
function vulcan.lancedb.drop_table(input) end

-- vulcan.host, vulcan.models ------------------------------------------------------------------------------------------

---Tools of the host. What fails in one is an answer, not an error.
---@class vulcan.host
vulcan.host = {}

---@class vulcan.host.Tool
---@field name string
---@field description string
---@field input_schema? table JSON Schema of the arguments

---@class vulcan.host.Failure
---@field code "host_tool_callback_missing"|"host_tool_callback_error"|string
---@field message string

---An answer that is an object comes as the tool gave it; any other is its `value`.
---@class vulcan.host.Answer
---@field ok? boolean
---@field value? any
---@field error? vulcan.host.Failure

---The tools in order of name.
---@return vulcan.host.Tool[]
function vulcan.host.list() end

---Whether there is such a tool.
---@param name string
---@return boolean
function vulcan.host.has(name) end

---The same as `has`.
---@param name string
---@return boolean
function vulcan.host.has_tool(name) end

---Calls a tool. Waits where the tool answers later; where nothing can wait that is a failed answer.
---@param name string
---@param args table
---@return vulcan.host.Answer
function vulcan.host.call(name, args) end

---Models of the host. Nothing here raises an error: failures are answers.
---@class vulcan.models
vulcan.models = {}

---@class vulcan.models.Failure
---@field code "model_unavailable"|"invalid_argument"|"provider_error"|"timeout"|"budget_exceeded"|"internal_error"
---@field message string
---@field provider_message? string
---@field provider_code? string
---@field provider_status? integer

---@class vulcan.models.Capabilities
---@field embed boolean
---@field llm boolean

---@class vulcan.models.Status
---@field ok true
---@field capabilities vulcan.models.Capabilities

---@class vulcan.models.EmbedAnswer
---@field ok boolean
---@field vector? number[]
---@field dimensions? integer
---@field usage? any
---@field error? vulcan.models.Failure

---@class vulcan.models.LlmAnswer
---@field ok boolean
---@field assistant? string
---@field usage? any
---@field error? vulcan.models.Failure

---Which models there are.
---@return vulcan.models.Status
function vulcan.models.status() end

---Whether there is a model.
---@param name "embed"|"llm"
---@return boolean
function vulcan.models.has(name) end

---The embedding of a text. Waits; a failed answer where nothing can wait.
---@param text string
---@return vulcan.models.EmbedAnswer
function vulcan.models.embed(text) end

---An answer of a language model. Waits; a failed answer where nothing can wait.
---@param system string
---@param user string
---@return vulcan.models.LlmAnswer
function vulcan.models.llm(system, user) end

-- The standard library, where it differs ------------------------------------------------------------------------------

---Writes the values, joined by tabs, to the log of the engine; under `exec` to the report. Nothing goes to standard output.
---@param ... any
function print(...) end

---Runs a command of the shell and opens its output or its input. Reading, writing and closing wait; the command dies with
---the call. Standard error goes to that of the host. VMs of exec and leases have `vulcan.io.popen` here, unless the host
---says no.
---@param command string
---@param mode? "r"|"w" default `"r"`
---@return file*? file
---@return string? problem
function io.popen(command, mode) end

---Runs a command of the shell to its end. Waits. What it prints goes to the log.
---@param command? string without one: whether there is a shell
---@return boolean? success
---@return "exit"|"signal" what
---@return integer code
function os.execute(command) end

---Raises an error: Lua code cannot end the host.
---@param code? boolean|integer
---@param close? boolean
function os.exit(code, close) end
