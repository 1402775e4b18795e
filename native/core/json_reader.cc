// The JSON reader: one pass over the text, values built bottom up.
//
// Elements and members wait on a scratch stack of TValues until their container closes; then the container is
// made in its exact size. Garbage collection: creating strings and tables never steps LuaJIT's collector, so
// nothing needs an anchor between the collection points (Reader::collect), where the scratch stack is a table
// on the Lua stack. New objects are white and stay so until then: none of the stores here needs a write
// barrier. Memory errors may be raised from any allocation; no frame here owns anything outside the VM.
#include <cstring>

#include "json.h"
#include "json_marks.h"
#include "json_number.h"
#include "json_plain.h"
#include "json_scratch.h"
#include "json_shapes.h"
#include "json_short_strings.h"
#include "json_string.h"
#include "luajit_internals.h"

namespace luaskills::core {

namespace {

constexpr unsigned kPollInterval = 256;
// A document is live data while it is being read, so collecting pays only when the heap has grown a lot.
constexpr GCSize kMinHeapGrowth = GCSize{32} << 20;

// Every reading function takes the position of its first byte and returns the one behind its last, or null
// after fail(); values are left on the scratch stack.
class Reader {
 public:
  Reader(lua_State* L, std::string_view text, const JsonReadOptions& options, JsonError& error)
      : L_(L),
        scratch_(L),
        begin_(text.data()),
        end_(begin_ + text.size()),
        options_(options),
        error_(error) {
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
    if (status_ == JsonStatus::kOk) copyTV(L_, L_->top - 1, scratch_.last());
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

  const char* fail_at_end(const char* p) { return fail(p, "unexpected end of the text"); }

  LJ_NOINLINE const char* fail_at_end_or(const char* p, const char* message) {
    return p == end_ ? fail_at_end(p) : fail(p, message);
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
      scratch_.anchor();
      lj_gc_fullgc(L_);
      scratch_.rebase();  // finalizers have run, and they are Lua code
      shapes_.forget();
      short_strings_.forget();
    }
    last_total_ = G(L_)->gc.total;
    last_threshold_ = G(L_)->gc.threshold;
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
        if (p != nullptr) setstrV(L_, scratch_.push(), string);
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
        if (p != nullptr) setrawlightudV(scratch_.last(), lj_lightud_intern(L_, kJsonNull));
        return p;
      default:
        return number(p);
    }
  }

  const char* literal(const char* p, const char* word, std::ptrdiff_t length, std::uint32_t tag) {
    if (end_ - p < length || std::memcmp(p, word, static_cast<std::size_t>(length)) != 0) {
      return fail(p, "expected a value");
    }
    setpriV(scratch_.push(), tag);
    return p + length;
  }

  // --- numbers

  const char* number(const char* p) {
    NumberText text;
    if (!scan_number(p, end_, text)) return text.end == end_ ? fail_at_end(end_) : fail(text.end, text.error);
    if (LJ_LIKELY(text.is_integer && text.digits <= 15)) {
      const auto integer = static_cast<std::int64_t>(text.mantissa);
      if (LJ_UNLIKELY(text.negative && integer == 0)) {
        setnumV(scratch_.push(), -0.0);
      } else {
        setint64V(scratch_.push(), text.negative ? -integer : integer);
      }
    } else if (LJ_UNLIKELY(options_.int64 && is_big_int64(text))) {
      return int64_cdata(p, text);
    } else {
      setnumV(scratch_.push(), number_value(p, text));
    }
    return text.end;
  }

  LJ_NOINLINE const char* int64_cdata(const char* p, const NumberText& text) {
    if (ctype_ctsG(G(L_)) == nullptr) {
      return fail(p, "a 64-bit integer needs the ffi library, which this VM has not opened");
    }
    const bool is_signed = text.negative || text.mantissa < kInt64MinMagnitude;
    const std::uint64_t bits = text.negative ? std::uint64_t{0} - text.mantissa : text.mantissa;
    GCcdata* cdata = lj_cdata_new_(L_, is_signed ? CTID_INT64 : CTID_UINT64, sizeof bits);
    std::memcpy(cdataptr(cdata), &bits, sizeof bits);
    setcdataV(L_, scratch_.push(), cdata);
    return text.end;
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
    const StringText text = check_string(p, end_);
    if (text.error != nullptr) return fail(text.end, text.error);
    const auto length = static_cast<std::size_t>(text.end - start);
    if (!text.escaped) {
      string = lj_str_new(L_, start, length);
    } else {
      if (plain != nullptr) *plain = false;
      if (length > LJ_MAX_STR) lj_err_msg(L_, LJ_ERR_STROV);
      char* const buffer = lj_buf_tmp(L_, static_cast<MSize>(length));
      const char* const buffer_end = unescape_string(buffer, start, text.end);
      string = lj_str_new(L_, buffer, static_cast<std::size_t>(buffer_end - buffer));
    }
    return text.end + 1;
  }

  // --- arrays

  const char* array(const char* p, ShapeHint& hint) {
    if (++depth_ > kMaxJsonDepth) return fail(p, "nested deeper than 128 levels");
    const std::size_t base = scratch_.size();
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

  void close_array(std::size_t base) {
    const std::size_t count = scratch_.size() - base;
    if (count >= LJ_MAX_ASIZE) lj_err_msg(L_, LJ_ERR_TABOV);
    GCtab* table = lj_tab_new(L_, count == 0 ? 0 : static_cast<std::uint32_t>(count) + 1, 0);
    if (count == 0) {
      mark(table, marks_.array);
    } else {
      std::memcpy(tvref(table->array) + 1, scratch_.at(base), count * sizeof(TValue));
    }
    scratch_.truncate(base);
    settabV(L_, scratch_.push(), table);
  }

  static void mark(GCtab* table, const GCtab* metatable) {
    if (metatable != nullptr) setgcrefp(table->metatable, metatable);  // new table: no barrier
  }

  // --- objects

  const char* object(const char* p, ShapeHint& hint) {
    if (++depth_ > kMaxJsonDepth) return fail(p, "nested deeper than 128 levels");
    const std::size_t base = scratch_.size();
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
          setstrV(L_, scratch_.push(), key.name);
          child = &key.child;
          p += key.length + 1;
        } else {
          GCstr* name = nullptr;
          p = read_string(p, name, &plain);
          if (p == nullptr) return nullptr;
          setstrV(L_, scratch_.push(), name);
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

  void close_object(std::size_t base, std::size_t count, bool plain, ShapeHint& hint) {
    const TValue* members = scratch_.at(base);
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
    scratch_.truncate(base);
    settabV(L_, scratch_.push(), table);
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
  ScratchStack scratch_;
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
  ShapeCache shapes_;
  ShortStrings short_strings_;
  ShapeHint stray_hints_[kMaxJsonDepth + 1] = {};  // by depth, for values whose key was not expected
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
