// The part of FTS5's extension API that is used here, declared by ourselves as in abi.h.
#pragma once

namespace luaskills::sqlite {

struct Fts5Api;

// What xCreate makes; opaque to FTS5.
struct Fts5Instance;

struct Fts5TokenizerFunctions {
  int (*create)(void* self, const char** arguments, int count, Fts5Instance** instance);
  void (*destroy)(Fts5Instance* instance);
  int (*tokenize)(Fts5Instance* instance, void* context, int flags, const char* text, int length,
                  int (*emit)(void* context, int flags, const char* token, int length, int start, int end));
};

struct Fts5Api {
  int version;
  int (*create_tokenizer)(Fts5Api* api, const char* name, void* self, Fts5TokenizerFunctions* tokenizer,
                          void (*destroy)(void* self));
};

inline constexpr int kFts5TokenizeQuery = 1;
inline constexpr int kFts5TokenColocated = 1;

}  // namespace luaskills::sqlite
