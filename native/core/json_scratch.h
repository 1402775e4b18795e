// The stack of values on which the JSON reader collects elements and members until their container closes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "luajit_internals.h"

namespace luaskills::core {

// Short documents stay in the object itself. Longer ones move to a table in the slot below the top of the Lua
// stack, so that the VM counts the memory and frees it whatever happens; the slot must stay the topmost.
//
// The collector does not see the values before anchor() has put them there, which must come before any
// collection.
class ScratchStack {
 public:
  explicit ScratchStack(lua_State* L) : L_(L) {}
  ScratchStack(const ScratchStack&) = delete;
  ScratchStack& operator=(const ScratchStack&) = delete;

  // The new topmost slot, which the caller fills at once.
  TValue* push() {
    if (LJ_UNLIKELY(top_ == limit_)) grow();
    return top_++;
  }
  TValue* last() const { return top_ - 1; }
  TValue* at(std::size_t index) const { return bottom_ + index; }
  std::size_t size() const { return static_cast<std::size_t>(top_ - bottom_); }
  void truncate(std::size_t size) { top_ = bottom_ + size; }

  void anchor() {
    if (bottom_ == inline_) grow();
  }

  // Finds the values again after a collection.
  void rebase() { set_storage(tabV(L_->top - 1), size()); }

 private:
  LJ_NOINLINE void grow() {
    const std::size_t used = size();
    const auto capacity = static_cast<std::uint32_t>(2 * (limit_ - bottom_));
    if (bottom_ == inline_) {
      GCtab* table = lj_tab_new(L_, capacity, 0);
      std::memcpy(tvref(table->array), bottom_, used * sizeof(TValue));
      settabV(L_, L_->top - 1, table);
    } else {
      lj_tab_reasize(L_, tabV(L_->top - 1), capacity - 1);
    }
    set_storage(tabV(L_->top - 1), used);
  }

  void set_storage(const GCtab* table, std::size_t used) {
    bottom_ = tvref(table->array);
    limit_ = bottom_ + table->asize;
    top_ = bottom_ + used;
  }

  static constexpr std::size_t kInlineValues = 256;

  lua_State* const L_;
  TValue* top_ = inline_;
  TValue* bottom_ = inline_;
  TValue* limit_ = inline_ + kInlineValues;
  TValue inline_[kInlineValues];
};

}  // namespace luaskills::core
