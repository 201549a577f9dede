// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Stands for a screen: grey pixels, 0 black to 255 white.
struct picture {
    int width = 0;
    int height = 0;
    std::vector<unsigned char> pixels{};

    picture(int w, int h, unsigned char ground)
        : width(w), height(h), pixels(static_cast<std::size_t>(w) * static_cast<std::size_t>(h), ground) {}

    /// Fills a rectangle, cut to the picture.
    void fill(int x, int y, int w, int h, unsigned char grey);

    /// The same with a border around it, like the rest of a terminal's window around the text.
    [[nodiscard]] picture framed(int border, unsigned char grey) const;

    /// The leftmost columns of pixels.
    [[nodiscard]] picture cut(int columns) const;

    /// The picture from further away: each square of `by` times `by` pixels becomes one, their mean.
    [[nodiscard]] picture smaller(int by) const;

    [[nodiscard]] unsigned char at(int x, int y) const {
        return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
    }
};

/// The greys of a terminal's default colours.
struct theme {
    unsigned char foreground;
    unsigned char ground;
};
inline constexpr theme dark_theme{220, 30};
inline constexpr theme light_theme{40, 250};

/// Draws text as a terminal would: cells of 8 by 16 pixels, the block characters and '#', 256-colour sequences. Throws
/// `std::runtime_error` on anything else, so that no sequence is used that the tests do not understand.
[[nodiscard]] picture draw_terminal(std::string_view text, theme colours);

/// Draws the SVG that `to_svg` writes: a ground and a path of rectangles, at `scale` pixels a unit. Throws like
/// `draw_terminal`.
[[nodiscard]] picture draw_svg(std::string_view svg, int scale);

/// The data of each symbol that an independent decoder (zbar) finds in the picture.
/// Throws `std::runtime_error` if the decoder's library is not there.
[[nodiscard]] std::vector<std::string> scan(const picture& p);
[[nodiscard]] bool scanner_available();
