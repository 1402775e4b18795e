// Measures the reader and the writer on 20,000 records (about 1.35 MB):
//   json_bench            prints nanoseconds per record as JSON
//   json_bench --text     prints the text itself, so that another parser can be measured on the same data
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "../core/json.h"
#include "../core/luajit_internals.h"

namespace {

using luaskills::core::JsonError;
using luaskills::core::JsonStatus;

constexpr int kRecords = 20000;
constexpr int kWarmUp = 5;
constexpr int kRuns = 41;

std::string make_text() {
  std::string text = "[";
  for (int i = 1; i <= kRecords; ++i) {
    if (i > 1) text += ',';
    const std::string number = std::to_string(i);
    text += R"({"id":)" + number + R"(,"name":"item )" + number +
            R"(","price":12.5,"tags":["a","b"],"active":true})";
  }
  return text + "]";
}

using Clock = std::chrono::steady_clock;

double ns_per_record(Clock::time_point from) {
  return std::chrono::duration<double, std::nano>(Clock::now() - from).count() / kRecords;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void check(JsonStatus status, const JsonError& error) {
  if (status == JsonStatus::kOk) return;
  std::fprintf(stderr, "conversion failed: %s\n", error.message.c_str());
  std::exit(1);
}

struct Samples {
  std::vector<double> read, read_and_collect, write;
};

void measure_once(lua_State* L, const std::string& text, luaskills::core::TextBuffer& out, Samples& samples) {
  JsonError error;
  const auto read_start = Clock::now();
  check(luaskills::core::json_read(L, text, {}, error), error);
  samples.read.push_back(ns_per_record(read_start));
  out.clear();
  const auto write_start = Clock::now();
  check(luaskills::core::json_write(L, -1, out, {}, error), error);
  samples.write.push_back(ns_per_record(write_start));
  lua_pop(L, 1);
  // The price of the garbage a document becomes, were it paid at once.
  const auto collect_start = Clock::now();
  lua_gc(L, LUA_GCCOLLECT, 0);
  samples.read_and_collect.push_back(samples.read.back() + ns_per_record(collect_start));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string text = make_text();
  if (argc > 1 && std::strcmp(argv[1], "--text") == 0) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
  }
  const std::unique_ptr<lua_State, void (*)(lua_State*)> vm(luaL_newstate(), lua_close);
  lua_State* L = vm.get();
  luaL_openlibs(L);
  luaskills::core::json_open(L);
  luaskills::core::TextBuffer out;
  Samples warm_up, samples;
  for (int i = 0; i < kWarmUp; ++i) measure_once(L, text, out, warm_up);
  for (int i = 0; i < kRuns; ++i) measure_once(L, text, out, samples);
  std::printf(
      "{\"records\":%d,\"bytes\":%zu,\"read_ns\":%.1f,\"read_and_collect_ns\":%.1f,\"write_ns\":%.1f}\n",
      kRecords, text.size(), median(samples.read), median(samples.read_and_collect), median(samples.write));
  return 0;
}
