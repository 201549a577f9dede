// SPDX-License-Identifier: MIT
#include <lark/secret.hpp>

#include <utility>

namespace lark {
namespace {

/// Through a volatile pointer, so that the compiler does not drop writes to memory that is about to go.
/// `held` says whether there was anything: a flow moves and drops many secrets that are empty, and were wiped when they
/// became so. (A text that was moved from is empty, but what was in it may still stand in its own buffer.)
void wipe(std::string& text, bool held) noexcept {
    if (!held) return;
    text.resize(text.capacity());  // within the capacity: no allocation, and what lay behind the end is wiped too
    volatile char* bytes = text.data();
    for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = 0;
    text.clear();
}

}  // namespace

secret::secret(std::string text) : text_(std::move(text)) { wipe(text, !text_.empty()); }
secret::secret(std::string_view text) : text_(text) {}
secret::secret(const char* text) : text_(text) {}

secret::secret(secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_, !text_.empty()); }

secret& secret::operator=(const secret& other) {
    if (this != &other) *this = secret{other};
    return *this;
}

secret& secret::operator=(secret&& other) noexcept {
    if (this != &other) {
        wipe(text_, !text_.empty());
        const bool held = !other.text_.empty();
        text_ = std::move(other.text_);
        wipe(other.text_, held);
    }
    return *this;
}

secret::~secret() { wipe(text_, !text_.empty()); }

}  // namespace lark
