#include "json_keys.h"

#include <algorithm>
#include <cmath>

#include "number_text.h"

namespace luaskills::core {

TableKeys inspect_keys(const GCtab* table) {
  TableKeys keys;
  const TValue* slots = tvref(table->array);
  std::uint32_t size = table->asize;
  if (size > 0 && !tvisnil(&slots[0])) {
    keys.positive_integers = false;
    setintV(&keys.other, 0);
    return keys;
  }
  while (size > 1 && tvisnil(&slots[size - 1])) --size;
  for (std::uint32_t i = 1; i < size; ++i) keys.count += tvisnil(&slots[i]) ? 0 : 1;
  if (keys.count > 0) keys.max = size - 1;
  if (table->hmask == 0) return keys;
  const Node* nodes = noderef(table->node);
  for (std::uint32_t i = 0; i <= table->hmask; ++i) {
    if (tvisnil(&nodes[i].val)) continue;
    const TValue* key = &nodes[i].key;
    const double n = tvisnum(key) ? numV(key) : 0;  // LuaJIT keeps all numbers in the hash part as doubles
    if (!(n >= 1 && n <= INT32_MAX) || n != std::floor(n)) {
      keys.positive_integers = false;
      keys.other = *key;
      return keys;
    }
    ++keys.count;
    keys.max = std::max(keys.max, static_cast<std::uint32_t>(n));
  }
  return keys;
}

bool number_of_key_text(std::string_view name, TValue& number) {
  const std::size_t sign = !name.empty() && name[0] == '-' ? 1 : 0;
  if (name.size() <= sign || name.size() > kMaxNumberText) return false;
  double value;
  if (name.substr(sign) == "inf") {
    value = sign != 0 ? -HUGE_VAL : HUGE_VAL;
  } else if (name[sign] >= '0' && name[sign] <= '9') {
    value = read_double(name.data(), name.data() + name.size());
  } else {
    return false;
  }
  char text[kMaxNumberText];
  const char* end = write_number_key(text, value);
  if (std::string_view(text, static_cast<std::size_t>(end - text)) != name) return false;
  setnumV(&number, value);
  return true;
}

}  // namespace luaskills::core
