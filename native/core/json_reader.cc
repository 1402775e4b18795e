// The JSON reader: one pass over the text, values built bottom up.
//
// Elements and members wait on a scratch stack of TValues until their container closes; then the container is
// made in its exact size. Garbage collection: creating strings and tables never steps LuaJIT's collector, so
// nothing needs an anchor between the collection points (Reader::collect), where the scratch stack is a table
// on the Lua stack. New objects are white and stay so until then: none of the stores here needs a write
// barrier. Memory errors may be raised from any allocation; no frame here owns anything outside the VM.
#include <cmath>
#include <cstring>

#include "json.h"
#include "json_marks.h"
#include "json_plain.h"
#include "json_shapes.h"
#include "json_short_strings.h"
#include "luajit_internals.h"
#include "number_text.h"

namespace luaskills::core {

namespace {

constexpr unsigned kPollInterval = 256;
// A document is live data while it is being read, so collecting pays only when the heap has grown a lot.
constexpr GCSize kMinHeapGrowth = GCSize{32} << 20;

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The 4 hex digits at `p`, or -1.
int hex4_value(const char* p, const char* end) {
  if (end - p < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_value(p[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

bool is_high_surrogate(int unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low_surrogate(int unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Every reading function takes the position of its first byte and returns the one behind its last, or null
// after fail(); values are left on the scratch stack.
class Reader {
 public:
  Reader(lua_State* L, std::string_view text, const JsonReadOptions& options, JsonError& error)
      : L_(L), begin_(text.data()), end_(begin_ + text.size()), options_(options), error_(error) {
    const global_State* g = G(L);
    last_total_ = g->gc.total;
    last_threshold_ = g->gc.threshold;
    if (options.mark_empty) marks_ = json_marks(L);
  }

  // Leaves the value in the stack slot below the top, which the caller has made.
  JsonStatus run() {
    ShapeHint root = 0;
    const char* p = skip_space(begin_);
    if (p == end_) {
      fail(p, "the text is empty");
    } else if ((p = value(p, root)) != nullptr) {
      p = skip_space(p);
      if (p != end_) fail(p, "unexpected text after the value");
    }
    if (status_ == JsonStatus::kOk) copyTV(L_, L_->top - 1, top_ - 1);
    return status_;
  }

 private:
  // --- errors and polling

  LJ_NOINLINE const char* fail(const char* p, const char* message) {
    status_ = JsonStatus::kInvalid;
    error_.message = message;
    error_.offset = static_cast<std::size_t>(p - begin_);
    return nullptr;
  }

  LJ_NOINLINE const char* fail_at_end_or(const char* p, const char* message) {
    return p == end_ ? fail(p, "unexpected end of the text") : fail(p, message);
  }

  // False when the conversion has to stop.
  bool tick() { return --ticks_ != 0 || poll(); }

  LJ_NOINLINE bool poll() {
    ticks_ = kPollInterval;
    if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed) != 0) {
      status_ = JsonStatus::kStopped;
      return false;
    }
    const global_State* g = G(L_);
    const GCSize growth = g->gc.total > last_total_ ? g->gc.total - last_total_ : 0;
    // The VM's memory limiter pulls the threshold down when it wants garbage gone.
    const bool wanted = g->gc.threshold < last_threshold_ && growth > last_total_ / 8;
    if (LJ_UNLIKELY(wanted || (growth > kMinHeapGrowth && growth > last_total_))) collect();
    return true;
  }

  LJ_NOINLINE void collect() {
    if (G(L_)->gc.threshold != LJ_MAX_MEM) {  // else collectgarbage("stop")
      if (anchor_ == 0) grow();
      lj_gc_fullgc(L_);
      // Finalizers have run: they are Lua code, so take nothing for granted but the anchor.
      rebase(static_cast<std::size_t>(top_ - bottom_));
      shapes_.forget();
      short_strings_.forget();
    }
    last_total_ = G(L_)->gc.total;
    last_threshold_ = G(L_)->gc.threshold;
  }

  // --- scratch stack

  TValue* push() {
    if (LJ_UNLIKELY(top_ == limit_)) grow();
    return top_++;
  }

  // Moves the scratch stack to a table, or enlarges that table.
  LJ_NOINLINE void grow() {
    const auto used = static_cast<std::size_t>(top_ - bottom_);
    const auto capacity = static_cast<std::uint32_t>(2 * (limit_ - bottom_));
    if (anchor_ == 0) {
      GCtab* table = lj_tab_new(L_, capacity, 0);
      std::memcpy(tvref(table->array), bottom_, used * sizeof(TValue));
      settabV(L_, L_->top - 1, table);
      anchor_ = 1;
    } else {
      lj_tab_reasize(L_, tabV(L_->top - 1), capacity - 1);
    }
    rebase(used);
  }

  void rebase(std::size_t used) {
    const GCtab* table = tabV(L_->top - 1);
    bottom_ = tvref(table->array);
    limit_ = bottom_ + table->asize;
    top_ = bottom_ + used;
  }

  // --- values

  const char* skip_space(const char* p) const {
    while (p != end_ && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) ++p;
    return p;
  }

  // `p` is before the end.
  const char* value(const char* p, ShapeHint& hint) {
    switch (*p) {
      case '"': {
        GCstr* string = nullptr;
        p = read_string(p + 1, string, nullptr);
        if (p != nullptr) setstrV(L_, push(), string);
        return p;
      }
      case '{':
        return object(p, hint);
      case '[':
        return array(p, hint);
      case 't':
        return literal(p, "true", 4, LJ_TTRUE);
      case 'f':
        return literal(p, "false", 5, LJ_TFALSE);
      case 'n':
        if (!options_.keep_null) return literal(p, "null", 4, LJ_TNIL);
        p = literal(p, "null", 4, LJ_TNIL);
        if (p != nullptr) setrawlightudV(top_ - 1, lj_lightud_intern(L_, kJsonNull));
        return p;
      default:
        return number(p);
    }
  }

  const char* literal(const char* p, const char* word, std::ptrdiff_t length, std::uint32_t tag) {
    if (end_ - p < length || std::memcmp(p, word, static_cast<std::size_t>(length)) != 0) {
      return fail(p, "expected a value");
    }
    setpriV(push(), tag);
    return p + length;
  }

  // --- numbers

  const char* number(const char* p) {
    const char* start = p;
    const bool negative = *p == '-';
    if (negative) ++p;
    if (p == end_ || !is_digit(*p)) {
      return fail_at_end_or(p, negative ? "expected a digit after the minus sign" : "expected a value");
    }
    const char* digits = p;
    std::uint64_t mantissa = 0;  // wraps around when there are more than 19 digits
    if (*p == '0') {
      ++p;
      if (p != end_ && is_digit(*p)) return fail(p, "a number must not start with 0");
    } else {
      do {
        mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p++ - '0');
      } while (p != end_ && is_digit(*p));
    }
    std::ptrdiff_t digit_count = p - digits;
    if (p == end_ || (*p != '.' && (*p | 0x20) != 'e')) {
      if (LJ_UNLIKELY(digit_count > 15)) return big_integer(start, p, mantissa, digit_count);
      const auto integer = static_cast<std::int64_t>(mantissa);
      if (LJ_UNLIKELY(negative && integer == 0)) {
        setnumV(push(), -0.0);
      } else {
        setint64V(push(), negative ? -integer : integer);
      }
      return p;
    }

    int exponent = 0;
    if (*p == '.') {
      const char* fraction = ++p;
      while (p != end_ && is_digit(*p)) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p++ - '0');
      if (p == fraction) return fail_at_end_or(p, "expected a digit after the decimal point");
      digit_count += p - fraction;
      exponent = p - fraction > 1000 ? -1000 : -static_cast<int>(p - fraction);
    }
    if (p != end_ && (*p | 0x20) == 'e') {
      ++p;
      const bool small = p != end_ && *p == '-';
      if (p != end_ && (*p == '-' || *p == '+')) ++p;
      if (p == end_ || !is_digit(*p)) return fail_at_end_or(p, "expected a digit in the exponent");
      int written = 0;
      do {
        if (written < 10000) written = written * 10 + (*p - '0');
        ++p;
      } while (p != end_ && is_digit(*p));
      exponent += small ? -written : written;
    }

    // Clinger's fast path: both operands are exact doubles, so one rounding gives the nearest double.
    double result;
    if (digit_count <= 19 && mantissa <= (std::uint64_t{1} << 53) && exponent >= -22 && exponent <= 22) {
      const auto exact = static_cast<double>(mantissa);
      result = exponent < 0 ? exact / kPowersOfTen[-exponent] : exact * kPowersOfTen[exponent];
      if (negative) result = -result;
    } else {
      result = read_double(start, p);
    }
    setnumV(push(), result);
    return p;
  }

  // An integer of more than 15 digits at [start, p).
  LJ_NOINLINE const char* big_integer(const char* start, const char* p, std::uint64_t mantissa,
                                      std::ptrdiff_t digit_count) {
    const bool negative = *start == '-';
    // 20 digits that fit wrapped around nowhere: they start with 1 and the sum did not fall below 10^19.
    const char first = start[negative ? 1 : 0];
    const bool fits =
        digit_count <= 19 || (digit_count == 20 && first == '1' && mantissa >= 10000000000000000000u);
    if (options_.int64 && fits && mantissa > (std::uint64_t{1} << 53)) {
      constexpr std::uint64_t kMinMagnitude = std::uint64_t{1} << 63;
      if (negative ? mantissa <= kMinMagnitude : true) {
        const bool is_signed = negative || mantissa < kMinMagnitude;
        return int64_cdata(start, p, negative ? std::uint64_t{0} - mantissa : mantissa, is_signed);
      }
    }
    // Converting an integer rounds to the nearest double as well.
    double result = fits ? static_cast<double>(mantissa) : read_double(start, p);
    if (fits && negative) result = -result;
    setnumV(push(), result);
    return p;
  }

  const char* int64_cdata(const char* start, const char* p, std::uint64_t bits, bool is_signed) {
    if (ctype_ctsG(G(L_)) == nullptr) {
      return fail(start, "a 64-bit integer needs the ffi library, which this VM has not opened");
    }
    GCcdata* cdata = lj_cdata_new_(L_, is_signed ? CTID_INT64 : CTID_UINT64, 8);
    std::memcpy(cdataptr(cdata), &bits, sizeof bits);
    setcdataV(L_, push(), cdata);
    return p;
  }

  // --- strings

  // `p` is behind the opening quote. Clears *plain (where given) when the text holds an escape.
  const char* read_string(const char* p, GCstr*& string, bool* plain) {
    const char* q = skip_plain(p, end_);
    if (LJ_LIKELY(q != end_ && *q == '"')) {
      const auto length = static_cast<std::size_t>(q - p);
      string = length - 1 < ShortStrings::kMaxLength && end_ - p >= 8 ? short_strings_.get(L_, p, length)
                                                                      : lj_str_new(L_, p, length);
      return q + 1;
    }
    return read_special_string(p, q, string, plain);
  }

  // The string starts at `start` and is plain up to `p`.
  LJ_NOINLINE const char* read_special_string(const char* start, const char* p, GCstr*& string, bool* plain) {
    bool escaped = false;
    for (;; p = skip_plain(p, end_)) {
      if (p == end_) return fail(p, "unexpected end of the text in a string");
      const auto c = static_cast<unsigned char>(*p);
      if (c == '"') break;
      if (c == '\\') {
        escaped = true;
        p = check_escape(p);
        if (p == nullptr) return nullptr;
      } else if (c < 0x20) {
        return fail(p, "a control character in a string must be written as an escape");
      } else {
        do {
          const int length = utf8_sequence_length(p, end_);
          if (length == 0) return fail(p, "invalid UTF-8 in a string");
          p += length;
        } while (p != end_ && static_cast<unsigned char>(*p) >= 0x80);
      }
    }
    if (escaped) {
      if (plain != nullptr) *plain = false;
      string = unescape(start, p);
    } else {
      string = lj_str_new(L_, start, static_cast<std::size_t>(p - start));
    }
    return p + 1;
  }

  // `p` is at a backslash; returns the position behind the escape.
  const char* check_escape(const char* p) {
    if (end_ - p < 2) return fail(end_, "unexpected end of the text in a string");
    if (p[1] != 'u') {
      return std::memchr("\"\\/bfnrt", p[1], 8) != nullptr ? p + 2 : fail(p, "unknown escape in a string");
    }
    const int unit = hex4_value(p + 2, end_);
    if (unit < 0) return fail(p, "\\u needs four hexadecimal digits");
    if (is_low_surrogate(unit)) return fail(p, "lone surrogate in a string");
    if (!is_high_surrogate(unit)) return p + 6;
    if (end_ - p < 12 || p[6] != '\\' || p[7] != 'u' || !is_low_surrogate(hex4_value(p + 8, end_))) {
      return fail(p, "lone surrogate in a string");
    }
    return p + 12;
  }

  // The string with the checked text [p, end). Escapes are longer than what they stand for.
  GCstr* unescape(const char* p, const char* end) {
    const auto length = static_cast<std::size_t>(end - p);
    if (length > LJ_MAX_STR) lj_err_msg(L_, LJ_ERR_STROV);
    char* const buffer = lj_buf_tmp(L_, static_cast<MSize>(length));
    char* out = buffer;
    while (p != end) {
      const auto* escape = static_cast<const char*>(std::memchr(p, '\\', static_cast<std::size_t>(end - p)));
      const char* stop = escape != nullptr ? escape : end;
      std::memcpy(out, p, static_cast<std::size_t>(stop - p));
      out += stop - p;
      p = stop;
      if (escape != nullptr) p = unescape_one(p, out);
    }
    return lj_str_new(L_, buffer, static_cast<std::size_t>(out - buffer));
  }

  static const char* unescape_one(const char* p, char*& out) {
    switch (p[1]) {
      case 'b':
        *out++ = '\b';
        return p + 2;
      case 'f':
        *out++ = '\f';
        return p + 2;
      case 'n':
        *out++ = '\n';
        return p + 2;
      case 'r':
        *out++ = '\r';
        return p + 2;
      case 't':
        *out++ = '\t';
        return p + 2;
      case 'u':
        break;
      default:
        *out++ = p[1];
        return p + 2;
    }
    const int unit = hex4_value(p + 2, p + 6);
    if (!is_high_surrogate(unit)) {
      out = utf8_encode(out, static_cast<char32_t>(unit));
      return p + 6;
    }
    const int low = hex4_value(p + 8, p + 12);
    out = utf8_encode(out, static_cast<char32_t>(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)));
    return p + 12;
  }

  // --- arrays

  const char* array(const char* p, ShapeHint& hint) {
    if (++depth_ > kMaxJsonDepth) return fail(p, "nested deeper than 128 levels");
    const std::ptrdiff_t base = top_ - bottom_;
    p = skip_space(p + 1);
    if (p != end_ && *p == ']') {
      ++p;
    } else {
      for (;;) {
        if (p == end_) return fail(p, "unexpected end of the text in an array");
        p = value(p, hint);
        if (p == nullptr || !tick()) return nullptr;
        if (p != end_ && *p == ',') {
          p = skip_space(p + 1);
          continue;
        }
        p = skip_space(p);
        if (p == end_) return fail(p, "unexpected end of the text in an array");
        if (*p == ',') {
          p = skip_space(p + 1);
        } else if (*p == ']') {
          ++p;
          break;
        } else {
          return fail(p, "expected ',' or ']' after an array element");
        }
      }
    }
    --depth_;
    close_array(base);
    return p;
  }

  void close_array(std::ptrdiff_t base) {
    const std::ptrdiff_t count = top_ - bottom_ - base;
    if (count >= LJ_MAX_ASIZE) lj_err_msg(L_, LJ_ERR_TABOV);
    GCtab* table = lj_tab_new(L_, count == 0 ? 0 : static_cast<std::uint32_t>(count) + 1, 0);
    if (count == 0) {
      mark(table, marks_.array);
    } else {
      std::memcpy(tvref(table->array) + 1, bottom_ + base, static_cast<std::size_t>(count) * sizeof(TValue));
    }
    top_ = bottom_ + base;
    settabV(L_, push(), table);
  }

  static void mark(GCtab* table, const GCtab* metatable) {
    if (metatable != nullptr) setgcrefp(table->metatable, metatable);  // new table: no barrier
  }

  // --- objects

  const char* object(const char* p, ShapeHint& hint) {
    if (++depth_ > kMaxJsonDepth) return fail(p, "nested deeper than 128 levels");
    const std::ptrdiff_t base = top_ - bottom_;
    bool plain = true;
    std::size_t count = 0;
    p = skip_space(p + 1);
    if (p != end_ && *p == '}') {
      ++p;
    } else {
      for (;; ++count) {
        if (p == end_ || *p != '"') return fail_at_end_or(p, "expected a string as object key");
        ShapeHint* child = &stray_hints_[depth_];
        ++p;
        if (LJ_LIKELY(count < shapes_.size(hint) && is_key(shapes_[hint].keys[count], p))) {
          ShapeKey& key = shapes_[hint].keys[count];
          setstrV(L_, push(), key.name);
          child = &key.child;
          p += key.length + 1;
        } else {
          GCstr* name = nullptr;
          p = read_string(p, name, &plain);
          if (p == nullptr) return nullptr;
          setstrV(L_, push(), name);
        }
        if (LJ_UNLIKELY(p == end_ || *p != ':')) {
          p = skip_space(p);
          if (p == end_ || *p != ':') return fail_at_end_or(p, "expected ':' after an object key");
        }
        p = skip_space(p + 1);
        if (p == end_) return fail(p, "unexpected end of the text in an object");
        p = value(p, *child);
        if (p == nullptr || !tick()) return nullptr;
        if (LJ_LIKELY(p != end_ && *p == ',')) {
          p = skip_space(p + 1);
          continue;
        }
        p = skip_space(p);
        if (p == end_) return fail(p, "unexpected end of the text in an object");
        if (*p == ',') {
          p = skip_space(p + 1);
        } else if (*p == '}') {
          ++p;
          ++count;
          break;
        } else {
          return fail(p, "expected ',' or '}' after an object member");
        }
      }
    }
    --depth_;
    close_object(base, count, plain, hint);
    return p;
  }

  // Whether the text at `p`, behind the opening quote, is this key. Remembered keys hold nothing that JSON
  // escapes.
  bool is_key(const ShapeKey& key, const char* p) const {
    if (end_ - p < static_cast<std::ptrdiff_t>(key.length) + 8) return false;
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    if ((word & key.mask) != key.head) return false;
    if (key.length < 8) return true;
    return std::memcmp(p + 8, strdata(key.name) + 8, key.length - 8) == 0 && p[key.length] == '"';
  }

  void close_object(std::ptrdiff_t base, std::size_t count, bool plain, ShapeHint& hint) {
    TValue* members = bottom_ + base;
    GCtab* table;
    if (LJ_LIKELY(count != 0 && shapes_.matches(hint, members, count))) {
      table = copy_shape(shapes_[hint], members, count);
    } else {
      // The root has no siblings to remember its shape for.
      const bool learnable = plain && depth_ > 0 && count != 0 && count <= Shape::kMaxKeys;
      const ShapeHint place = learnable ? ShapeCache::place(members, count) : ShapeHint{0};
      if (learnable && shapes_.matches(place, members, count)) {
        hint = place;
        table = copy_shape(shapes_[place], members, count);
      } else {
        bool complete = learnable;
        table = insert_members(members, count, complete);
        if (complete) {
          shapes_.learn(place, table, members, count);
          hint = place;
        }
      }
    }
    top_ = bottom_ + base;
    settabV(L_, push(), table);
  }

  GCtab* copy_shape(const Shape& shape, const TValue* members, std::size_t count) {
    GCtab* table = lj_tab_dup(L_, shape.prototype);
    Node* nodes = noderef(table->node);
    bool empty = true;
    for (std::size_t i = 0; i < count; ++i) {
      nodes[shape.keys[i].node].val = members[2 * i + 1];
      empty &= tvisnil(&members[2 * i + 1]);
    }
    if (empty) mark(table, marks_.object);
    return table;
  }

  // Clears `complete` when a value is nil or a key comes twice.
  GCtab* insert_members(const TValue* members, std::size_t count, bool& complete) {
    if (count > (std::size_t{1} << LJ_MAX_HBITS)) lj_err_msg(L_, LJ_ERR_TABOV);
    GCtab* table = lj_tab_new(L_, 0, hsize2hbits(static_cast<std::uint32_t>(count)));
    table->nomm = 0;  // keys may be the names of metamethods
    bool empty = true;
    for (std::size_t i = 0; i < count; ++i) {
      const GCstr* name = strV(&members[2 * i]);
      const TValue* value = &members[2 * i + 1];
      if (tvisnil(value)) {
        complete = false;
        // Only an earlier member of the same name has something to clear.
        if (cTValue* earlier = lj_tab_getstr(table, name)) setnilV(const_cast<TValue*>(earlier));
        continue;
      }
      TValue* slot = lj_tab_setstr(L_, table, name);
      if (!tvisnil(slot)) complete = false;
      copyTV(L_, slot, value);
      empty = false;
    }
    if (empty) mark(table, marks_.object);
    return table;
  }

  lua_State* const L_;
  const char* const begin_;
  const char* const end_;
  const JsonReadOptions& options_;
  JsonError& error_;
  JsonMarks marks_;
  JsonStatus status_ = JsonStatus::kOk;
  int depth_ = 0;
  unsigned ticks_ = kPollInterval;
  GCSize last_total_ = 0;      // heap at the last collection, or at the start
  GCSize last_threshold_ = 0;  // threshold then
  int anchor_ = 0;             // 1 when the scratch stack is a table in the stack slot below the top
  TValue* top_ = inline_;
  TValue* bottom_ = inline_;
  TValue* limit_ = inline_ + kInlineValues;
  ShapeCache shapes_;
  ShortStrings short_strings_;
  ShapeHint stray_hints_[kMaxJsonDepth + 1] = {};  // by depth, for values whose key was not expected

  static constexpr std::size_t kInlineValues = 256;
  TValue inline_[kInlineValues];
};

// Lua code steps the collector at every allocation, in proportion to what it allocates. A whole document is
// built without a step, so the steps it would have made are made before the next one: then the document may
// be garbage.
void pay_gc_debt(lua_State* L) {
  if (G(L)->gc.total < G(L)->gc.threshold) return;
  while (lj_gc_step(L) == 0) {
  }
}

}  // namespace

JsonStatus json_read(lua_State* L, std::string_view text, const JsonReadOptions& options, JsonError& error) {
  pay_gc_debt(L);
  lj_state_checkstack(L, LUA_MINSTACK);
  setnilV(L->top);
  L->top++;
  Reader reader(L, text, options, error);
  const JsonStatus status = reader.run();
  if (status != JsonStatus::kOk) {
    L->top--;
    return status;
  }
  return JsonStatus::kOk;
}

}  // namespace luaskills::core
