#pragma once

#include <string>
#include <string_view>

namespace lark::fake {

/// Fit for HTML text and for double-quoted attributes. Controls and bidirectional controls come out visibly, as
/// `lark::printable` writes them, so that no text can pose as another.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace lark::fake
