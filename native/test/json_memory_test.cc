// The converter against the garbage collector and against memory that runs out.
#include <algorithm>
#include <string>

#include "json_vm.h"

namespace luaskills::test {

using core::JsonStatus;

namespace {

// Stands between a VM and its own allocator and refuses from a given allocation on.
class Limiter {
 public:
  explicit Limiter(lua_State* L) : state_(L), allocate_(lua_getallocf(L, &userdata_)) {
    lua_setallocf(L, &run, this);
  }
  ~Limiter() { lua_setallocf(state_, allocate_, userdata_); }
  Limiter(const Limiter&) = delete;
  Limiter& operator=(const Limiter&) = delete;

  void refuse_after(int allocations) { left_ = allocations; }
  bool refused() const { return refused_; }

 private:
  static void* run(void* self, void* block, size_t old_size, size_t new_size) {
    auto* limiter = static_cast<Limiter*>(self);
    if (new_size > old_size && limiter->left_-- <= 0) {
      limiter->refused_ = true;
      return nullptr;
    }
    return limiter->allocate_(limiter->userdata_, block, old_size, new_size);
  }

  lua_State* state_;
  void* userdata_ = nullptr;
  lua_Alloc allocate_;
  int left_ = 0;
  bool refused_ = false;
};

std::string sample_document() {
  std::string text = "[";
  for (int i = 0; i < 300; ++i) {
    const std::string number = std::to_string(i);
    text += std::string(i > 0 ? "," : "") + std::string(R"({"id":)") + number + R"(,"name":"item )" + number +
            R"(","esc\n":"a\u00e4)" + number + R"(","tags":["x",null,9007199254740993],"empty":{}})";
  }
  return text + "]";
}

}  // namespace

TEST_CASE("memory that runs out at any allocation is Lua's memory error and leaves the VM usable") {
  const std::string text = sample_document();
  int refused = 0;
  for (int allowed = 0;; allowed += allowed < 60 ? 1 : 97) {
    JsonVm vm;
    vm.read("0");  // LuaJIT has seen the address range of the C stack afterwards
    ReadResult result;
    bool was_refused;
    {
      Limiter limiter(vm.L());
      limiter.refuse_after(allowed);
      result = vm.read(text, kFaithful);
      was_refused = limiter.refused();
    }
    if (!was_refused) break;
    ++refused;
    // LuaJIT goes on when only the enlargement of its string table fails.
    if (result.status != JsonStatus::kOk) CHECK(result.raised == "not enough memory");
    lua_gc(vm.L(), LUA_GCCOLLECT, 0);
    REQUIRE(vm.read(text, kFaithful).status == JsonStatus::kOk);
    REQUIRE(vm.holds("#v == 300 and v[300].name == 'item 299' and v[300].tags[1] == 'x'"));
  }
  CHECK(refused > 60);
}

TEST_CASE("documents survive collections in every phase of the collector") {
  JsonVm vm;
  const std::string text = sample_document();
  vm.read(text, kFaithful);
  const std::string expected = vm.write().text;
  for (int steps = 0; steps < 300; ++steps) {
    // Garbage and steps leave the collector somewhere in the middle of a cycle.
    vm.eval("local t = {} for i = 1, 50 do t[i] = {tostring(i)} end collectgarbage('step', " +
            std::to_string(steps % 7) + ")");
    REQUIRE(vm.read(text, kFaithful).status == JsonStatus::kOk);
    if (steps % 3 == 0) lua_gc(vm.L(), LUA_GCCOLLECT, 0);
    REQUIRE(vm.write().text == expected);
  }
}

TEST_CASE("a document larger than the heap is read across collections") {
  JsonVm vm;
  constexpr int kCount = 400000;
  std::string text = "{\"first\":\"kept\",\"list\":[";
  for (int i = 0; i < kCount; ++i) text += i > 0 ? ",{\"a\":[]}" : "{\"a\":[]}";
  text += "],\"last\":{\"a\":[\"kept, too\"]}}";
  // Marks a collection that happened while the document was being read.
  vm.eval(
      "collected = false local p = newproxy(true) getmetatable(p).__gc = function() collected = true end");
  const ReadResult result = vm.read(text);
  REQUIRE(result.status == JsonStatus::kOk);
  lua_getglobal(vm.L(), "collected");
  CHECK(lua_toboolean(vm.L(), -1) != 0);
  CHECK(vm.holds(
      "v.first == 'kept' and #v.list == 400000 and #v.list[400000].a == 0 and v.last.a[1] == 'kept, too'"));
}

TEST_CASE("reading again and again does not pile up garbage") {
  JsonVm vm;
  const std::string text = sample_document();
  vm.read(text);
  lua_settop(vm.L(), 0);
  lua_gc(vm.L(), LUA_GCCOLLECT, 0);
  vm.read(text);
  const int one_document = lua_gc(vm.L(), LUA_GCCOUNT, 0);  // KiB
  int most = 0;
  for (int i = 0; i < 300; ++i) {
    vm.read(text);
    most = std::max(most, lua_gc(vm.L(), LUA_GCCOUNT, 0));
  }
  CHECK(most < 8 * one_document);
}

TEST_CASE("a stopped collector stays stopped") {
  JsonVm vm;
  vm.eval(
      "collected = false local p = newproxy(true) getmetatable(p).__gc = function() collected = true end");
  lua_gc(vm.L(), LUA_GCSTOP, 0);
  std::string text = "[[]";
  for (int i = 0; i < 600000; ++i) text += ",[]";
  REQUIRE(vm.read(text + "]").status == JsonStatus::kOk);
  CHECK(vm.holds("collected == false"));
}

}  // namespace luaskills::test
