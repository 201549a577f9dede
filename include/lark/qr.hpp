// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// QR codes of links, as text for a terminal and as SVG. An optional component: `lark-registration-qr`, over
/// libqrencode.
///
/// Pure: nothing here prints, opens a file, or asks the environment. All functions may be called from any thread.
/// Their results show the link to every reader, and a link is a secret until it is shown.
namespace lark::qr {

/// The part of the picture that may be damaged without loss. A larger part makes a larger code.
enum class error_correction {
    low,       ///< 7 %; plenty for a screen, and the smallest code
    medium,    ///< 15 %
    quartile,  ///< 25 %
    high,      ///< 30 %; for print
};

/// The text does not fit into the largest QR code (version 40: 2953 bytes at `low`). `what()` has its length and the
/// greatest length, and does not quote it.
class LARK_EXPORT text_too_long : public std::length_error {
public:
    text_too_long(std::size_t bytes, std::size_t most_bytes);  ///< the length, and the greatest length
    text_too_long(const text_too_long&) = default;
    text_too_long& operator=(const text_too_long&) = default;
    ~text_too_long() override;

    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }            ///< length of the text
    [[nodiscard]] std::size_t most_bytes() const noexcept { return most_bytes_; }  ///< greatest length

private:
    std::size_t bytes_;
    std::size_t most_bytes_;
};

/// The most bytes that a code of that correction can hold.
[[nodiscard]] LARK_EXPORT std::size_t most_bytes(error_correction level) noexcept;

/// An encoded text: a square of dark and light modules, in the smallest version that holds it.
class LARK_EXPORT code {
public:
    /// Encodes the bytes as they are; readers guess the encoding of bytes outside of ASCII. Throws
    /// `std::invalid_argument` if `text` is empty, `text_too_long`, `std::bad_alloc`.
    explicit code(std::string_view text, error_correction level = error_correction::low);

    /// Length of the encoded text.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    /// 1 to 40. Each step adds four modules to the side.
    [[nodiscard]] int version() const noexcept { return version_; }

    /// Modules along one side, without the quiet zone: 17 + 4 × version.
    [[nodiscard]] int modules() const noexcept { return 17 + 4 * version_; }

    /// True if the module is dark. Outside of the code, as in the quiet zone, all is light.
    [[nodiscard]] bool dark(int row, int column) const noexcept;

private:
    std::size_t bytes_;
    int version_ = 0;
    std::vector<bool> dark_;
};

/// The look of the code on a terminal.
struct terminal_options {
    /// Two modules to a character cell, with the half blocks of Unicode; for terminals in UTF-8. Otherwise ASCII alone,
    /// two cells to a module, so twice as wide.
    bool half_blocks = true;

    /// Draw in black on white of fixed colour (of the 256-colour palette, which themes leave alone), whatever the theme
    /// is. Otherwise with the terminal's own two colours, which are taken for light on dark.
    bool colours = true;

    /// Swaps dark and light: without `colours`, for a terminal that writes dark on light.
    bool inverted = false;

    /// Light modules around the code, 0 or more. ISO/IEC 18004 demands 4; phones read 2 from a screen.
    int quiet_zone = 4;
};

/// The size of the result of `to_terminal`, in character columns and lines.
[[nodiscard]] LARK_EXPORT int terminal_columns(const code& c, const terminal_options& how = {}) noexcept;
[[nodiscard]] LARK_EXPORT int terminal_lines(const code& c,
                                             const terminal_options& how = {}) noexcept;  ///< and the lines

/// The code as lines of text, each ended by `\n`; with colours, each line ends in the terminal's own ones.
[[nodiscard]] LARK_EXPORT std::string to_terminal(const code& c, const terminal_options& how = {});

/// The look of the code as an SVG.
struct svg_options {
    int module_pixels = 8;  ///< side of a module in the picture's natural size; it scales to any other
    int quiet_zone = 4;     ///< light modules around the code
    bool inverted = false;  ///< light on dark
};

/// The code as an SVG 1.1 document of its own: a ground, and one path. No scripts, no external references, no fonts.
[[nodiscard]] LARK_EXPORT std::string to_svg(const code& c, const svg_options& how = {});

}  // namespace lark::qr
