// SPDX-License-Identifier: MIT
#include "language.hpp"

#include "terminal.hpp"

#include <cstdlib>
#include <string_view>

namespace lark_register {

const texts& choose_texts(language lang) {
    switch (lang) {
    case language::english: return english_texts;
    case language::chinese: return chinese_texts;
    case language::automatic: break;
    }
    // POSIX: LC_ALL takes precedence over the category, the category over LANG; an empty one counts as unset.
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (!value || !*value) continue;
        return std::string_view{value}.starts_with("zh") && find_terminal().utf8 ? chinese_texts : english_texts;
    }
    return english_texts;
}

}  // namespace lark_register
