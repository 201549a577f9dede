#include <lark/secret.hpp>

#include <utility>

namespace lark {
namespace {

/// Through a volatile pointer, so that the compiler does not drop writes to memory that is about to go.
void wipe(std::string& text) noexcept {
    text.resize(text.capacity());  // within the capacity: no allocation, and what lay behind the end is wiped too
    volatile char* bytes = text.data();
    for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = 0;
    text.clear();
}

}  // namespace

secret::secret(std::string text) : text_(std::move(text)) { wipe(text); }
secret::secret(std::string_view text) : text_(text) {}
secret::secret(const char* text) : text_(text) {}

secret::secret(secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }

secret& secret::operator=(const secret& other) {
    if (this != &other) *this = secret{other};
    return *this;
}

secret& secret::operator=(secret&& other) noexcept {
    if (this != &other) {
        text_.swap(other.text_);
        wipe(other.text_);
    }
    return *this;
}

secret::~secret() { wipe(text_); }

}  // namespace lark
