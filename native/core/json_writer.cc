// The JSON writer: walks tables by their internal layout and writes through a pointer into the caller's
// buffer.
//
// It allocates nothing in the VM and calls no Lua, so nothing can be collected or raised while it runs. The
// frames of the tables on the current path serve to find cycles and, after an error, to name the place.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "json.h"
#include "json_keys.h"
#include "json_marks.h"
#include "json_path.h"
#include "json_plain.h"
#include "luajit_internals.h"
#include "number_text.h"

namespace luaskills::core {

namespace {

constexpr unsigned kPollInterval = 256;
// Room that is made before each value: comma, quotes, colon and any number or literal.
constexpr std::size_t kSlack = 64;
static_assert(kSlack >= 2 * kMaxNumberText);

// Second character of the escapes that have one of their own; 0 means \u00XX.
constexpr char short_escape(unsigned char c) {
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

char* write_escape(char* out, unsigned char c) {
  constexpr char kHex[] = "0123456789abcdef";
  *out++ = '\\';
  if (const char letter = short_escape(c)) {
    *out++ = letter;
    return out;
  }
  std::memcpy(out, "u00", 3);
  out[3] = kHex[c >> 4];
  out[4] = kHex[c & 15];
  return out + 5;
}

// One member of an object whose keys are being sorted.
struct Member {
  TValue key;
  const TValue* value;
  std::uint32_t text_length;  // of a number key, as is `text`
  char text[kMaxNumberText];

  std::string_view name() const {
    if (!tvisstr(&key)) return {text, text_length};
    const GCstr* string = strV(&key);
    return {strdata(string), string->len};
  }
};

class Writer {
 public:
  Writer(lua_State* L, TextBuffer& out, const JsonWriteOptions& options, JsonError& error)
      : L_(L), out_(out), options_(options), error_(error), start_(out.size()) {}

  JsonStatus run(const TValue* o) {
    if (ensure(kSlack) && value(o) && (w_ <= last_ || fail_size())) out_.commit(w_);
    return status_;
  }

 private:
  struct Frame {
    GCtab* table;
    TValue key;           // of the member being written, or nil
    std::uint32_t index;  // of the element being written, or 0
  };

  // --- errors, limits and polling

  LJ_NOINLINE bool fail(const std::string& message) {
    fail_whole(message);
    for (int i = 0; i < depth_; ++i) {
      const Frame& frame = frames_[i];
      if (!tvisnil(&frame.key)) {
        append_key_step(error_.path, &frame.key);
      } else if (frame.index != 0) {
        append_index_step(error_.path, frame.index);
      }
    }
    return false;
  }

  // An error that is not about one place.
  LJ_NOINLINE bool fail_whole(const std::string& message) {
    status_ = JsonStatus::kInvalid;
    error_.message = message;
    error_.path = options_.root;
    return false;
  }

  LJ_NOINLINE bool fail_size() {
    return fail_whole("JSON text is longer than " + std::to_string(options_.max_bytes) + " bytes");
  }

  // False when the conversion has to stop. Called once per element, with the text up to there written.
  bool tick() {
    if (LJ_UNLIKELY(w_ > last_)) return fail_size();
    return --ticks_ != 0 || poll();
  }

  LJ_NOINLINE bool poll() {
    ticks_ = kPollInterval;
    if (options_.stop == nullptr || options_.stop->load(std::memory_order_relaxed) == 0) return true;
    status_ = JsonStatus::kStopped;
    return false;
  }

  bool ensure(std::size_t extra) {
    return LJ_LIKELY(static_cast<std::size_t>(limit_ - w_) >= extra) || grow(extra);
  }

  LJ_NOINLINE bool grow(std::size_t extra) {
    const std::size_t written = w_ == nullptr ? 0 : static_cast<std::size_t>(w_ - out_.data()) - start_;
    char* begin = out_.reserve(written + extra);  // the text is not committed before the end
    if (begin == nullptr) return fail_whole("not enough memory for the JSON text");
    w_ = begin + written;
    limit_ = begin + (out_.capacity() - start_);
    const auto room = static_cast<std::size_t>(limit_ - begin);
    last_ = options_.max_bytes < room ? begin + options_.max_bytes : limit_;
    return true;
  }

  // --- values

  bool value(const TValue* o) {
    if (tvisstr(o)) return string(strV(o), "string is not valid UTF-8");
    if (!ensure(kSlack)) return false;
    if (tvisint(o)) {
      w_ = write_int64(w_, intV(o));
    } else if (tvisnum(o)) {
      number(numV(o));
    } else if (tvistab(o)) {
      return table(tabV(o));
    } else if (tvistrue(o)) {
      put("true", 4);
    } else if (tvisfalse(o)) {
      put("false", 5);
    } else if (tvisnil(o) || (tvislightud(o) && lightudV(G(L_), o) == kJsonNull)) {
      put("null", 4);
    } else if (tviscdata(o)) {
      return cdata(o);
    } else {
      return fail(std::string("cannot convert ") + lj_typename(o));
    }
    return w_ <= last_ || fail_size();
  }

  void put(const char* text, std::size_t length) {
    std::memcpy(w_, text, length);
    w_ += length;
  }

  void number(double n) {
    if (LJ_LIKELY(std::isfinite(n))) {
      w_ = write_double(w_, n);
    } else {
      put("null", 4);
    }
  }

  // 64-bit integers of any C name (int64_t, long long, size_t ...).
  bool cdata(const TValue* o) {
    const GCcdata* cd = cdataV(o);
    const CType* type = ctype_raw(ctype_ctsG(G(L_)), cd->ctypeid);
    if (!ctype_isinteger(type->info) || type->size != 8)
      return fail(std::string("cannot convert ") + lj_typename(o));
    std::uint64_t bits;
    std::memcpy(&bits, cdataptr(cd), sizeof bits);
    w_ = (type->info & CTF_UNSIGNED) != 0 ? write_uint64(w_, bits)
                                          : write_int64(w_, static_cast<std::int64_t>(bits));
    return w_ <= last_ || fail_size();
  }

  // --- strings

  // Leaves room for kSlack bytes behind the closing quote.
  bool string(const GCstr* s, const char* utf8_message) {
    const char* p = strdata(s);
    const char* end = p + s->len;
    if (s->len > options_.max_bytes) return fail_size();
    if (!ensure(s->len + kSlack)) return false;
    *w_++ = '"';
    while (end - p >= 16) {
      const int plain = plain_prefix16(p);
      std::memcpy(w_, p, 16);
      w_ += plain;
      p += plain;
      if (plain < 16) break;
    }
    while (p != end && is_plain_byte(*p)) *w_++ = *p++;
    if (LJ_UNLIKELY(p != end) && !special_string(p, end, utf8_message)) return false;
    *w_++ = '"';
    return w_ <= last_ || fail_size();
  }

  // The rest of a string from a byte on that is not plain.
  LJ_NOINLINE bool special_string(const char* p, const char* end, const char* utf8_message) {
    while (p != end) {
      const auto c = static_cast<unsigned char>(*p);
      if (c >= 0x80) {
        const int length = utf8_sequence_length(p, end);
        if (length == 0) return fail(utf8_message);
        put(p, static_cast<std::size_t>(length));
        p += length;
        continue;
      }
      if (!is_plain_byte(*p)) {
        // Everything else takes as many bytes as the string has; an escape takes up to 5 more.
        if (!ensure(static_cast<std::size_t>(end - p) + kSlack)) return false;
        w_ = write_escape(w_, c);
        ++p;
        continue;
      }
      const char* plain_end = skip_plain(p, end);
      put(p, static_cast<std::size_t>(plain_end - p));
      p = plain_end;
    }
    return true;
  }

  // --- tables

  bool table(GCtab* t) {
    if (depth_ == kMaxJsonDepth) return fail("nested deeper than 128 levels");
    for (int i = 0; i < depth_; ++i) {
      if (frames_[i].table == t) return fail("table contains itself");
    }
    Frame& frame = frames_[depth_++];
    frame.table = t;
    setnilV(&frame.key);
    frame.index = 0;
    const bool ok = tabref(t->metatable) == nullptr ? unmarked_table(t) : marked_table(t);
    --depth_;
    return ok;
  }

  bool unmarked_table(GCtab* t) {
    const TableKeys keys = inspect_keys(t);
    return keys.is_array() ? array(t, keys.max) : object(t);
  }

  LJ_NOINLINE bool marked_table(GCtab* t) {
    if (marks_.object == nullptr) marks_ = json_marks(L_);
    const GCtab* metatable = tabref(t->metatable);
    if (metatable == marks_.object) return object(t);
    if (metatable != marks_.array) return unmarked_table(t);
    const TableKeys keys = inspect_keys(t);
    if (keys.positive_integers) return array(t, keys.max);
    frames_[depth_ - 1].key = keys.other;
    return fail("a table marked as an array cannot have this key");
  }

  bool array(GCtab* t, std::uint32_t length) {
    Frame& frame = frames_[depth_ - 1];
    *w_++ = '[';
    for (std::uint32_t i = 1; i <= length; ++i) {
      if (i > 1) *w_++ = ',';
      frame.index = i;
      const TValue* o = lj_tab_getint(t, static_cast<std::int32_t>(i));
      if (!value(o != nullptr ? o : niltv(L_)) || !tick()) return false;
    }
    return close(']');
  }

  // Closing brackets may follow each other at any length, so they make room for themselves.
  bool close(char bracket) {
    if (!ensure(kSlack)) return false;
    *w_++ = bracket;
    return true;
  }

  bool object(GCtab* t) {
    *w_++ = '{';
    if (options_.sort_keys) return sorted_members(t) && close('}');
    bool first = true;
    for (std::uint32_t i = 0; i < t->asize; ++i) {
      const TValue* o = arrayslot(t, i);
      if (tvisnil(o)) continue;
      TValue key;
      setintV(&key, static_cast<std::int32_t>(i));
      if (!member(t, &key, o, first)) return false;
    }
    if (t->hmask != 0) {
      const Node* nodes = noderef(t->node);
      for (std::uint32_t i = 0; i <= t->hmask; ++i) {
        if (!tvisnil(&nodes[i].val) && !member(t, &nodes[i].key, &nodes[i].val, first)) return false;
      }
    }
    return close('}');
  }

  // Needs and leaves kMaxNumberText bytes of room.
  bool member(GCtab* t, const TValue* key, const TValue* o, bool& first) {
    frames_[depth_ - 1].key = *key;
    if (!first) *w_++ = ',';
    first = false;
    if (LJ_LIKELY(tvisstr(key))) {
      const GCstr* name = strV(key);
      TValue number;
      if (number_of_key_text({strdata(name), name->len}, number) && !tvisnil(lj_tab_get(L_, t, &number))) {
        return fail("the table has this key both as a string and as a number");
      }
      if (!string(name, "key is not valid UTF-8")) return false;
    } else if (tvisnumber(key)) {
      if (!ensure(kSlack)) return false;
      *w_++ = '"';
      w_ = write_number_key(w_, numberVnum(key));
      *w_++ = '"';
    } else {
      return fail(std::string("cannot convert a ") + lj_typename(key) + " as key");
    }
    *w_++ = ':';
    return value(o) && tick();
  }

  // The members of nested objects are stacked in one vector, so nothing may point into it across a member.
  bool sorted_members(GCtab* t) {
    const std::size_t base = members_.size();
    for (std::uint32_t i = 0; i < t->asize; ++i) {
      TValue key;
      setintV(&key, static_cast<std::int32_t>(i));
      if (!tvisnil(arrayslot(t, i))) collect_member(&key, arrayslot(t, i));
    }
    if (t->hmask != 0) {
      const Node* nodes = noderef(t->node);
      for (std::uint32_t i = 0; i <= t->hmask; ++i) {
        if (!tvisnil(&nodes[i].val)) collect_member(&nodes[i].key, &nodes[i].val);
      }
    }
    std::sort(members_.begin() + static_cast<std::ptrdiff_t>(base), members_.end(),
              [](const Member& a, const Member& b) { return a.name() < b.name(); });
    bool first = true;
    for (std::size_t i = base; i < members_.size(); ++i) {
      const TValue key = members_[i].key;
      if (!member(t, &key, members_[i].value, first)) return false;
    }
    members_.resize(base);
    return true;
  }

  // A key that is neither string nor number gets no name; member() refuses it.
  void collect_member(const TValue* key, const TValue* o) {
    Member& member = members_.emplace_back();
    member.key = *key;
    member.value = o;
    member.text_length = 0;
    if (tvisnumber(key)) {
      const char* end = write_number_key(member.text, numberVnum(key));
      member.text_length = static_cast<std::uint32_t>(end - member.text);
    }
  }

  lua_State* const L_;
  TextBuffer& out_;
  const JsonWriteOptions& options_;
  JsonError& error_;
  const std::size_t start_;  // size of `out` at the beginning
  char* w_ = nullptr;
  char* limit_ = nullptr;       // end of the buffer
  const char* last_ = nullptr;  // farthest end of the text that max_bytes allows
  JsonStatus status_ = JsonStatus::kOk;
  JsonMarks marks_;
  std::vector<Member> members_;  // of all objects on the path, when keys are sorted
  unsigned ticks_ = kPollInterval;
  int depth_ = 0;
  Frame frames_[kMaxJsonDepth];
};

}  // namespace

JsonStatus json_write(lua_State* L, int index, TextBuffer& out, const JsonWriteOptions& options,
                      JsonError& error) {
  const TValue* o = index > 0 ? L->base + (index - 1) : L->top + index;
  try {
    return Writer(L, out, options, error).run(o);
  } catch (const std::bad_alloc&) {  // of the vector that sorts keys
    error.message = "not enough memory to sort the keys";
    error.path = options.root;
    return JsonStatus::kInvalid;
  }
}

}  // namespace luaskills::core
