// SPDX-License-Identifier: MIT
#include <lark/qr.hpp>

#include <qrencode.h>

#include <cerrno>
#include <memory>
#include <new>

namespace lark::qr {

namespace {

QRecLevel to_library(error_correction level) noexcept {
    switch (level) {
    case error_correction::low: return QR_ECLEVEL_L;
    case error_correction::medium: return QR_ECLEVEL_M;
    case error_correction::quartile: return QR_ECLEVEL_Q;
    case error_correction::high: return QR_ECLEVEL_H;
    }
    return QR_ECLEVEL_L;
}

struct free_code {
    void operator()(QRcode* c) const noexcept { QRcode_free(c); }
};

}  // namespace

text_too_long::text_too_long(std::size_t bytes, std::size_t most)
    : std::length_error("a QR code holds at most " + std::to_string(most) + " bytes, the text has " +
                        std::to_string(bytes)),
      bytes_(bytes),
      most_bytes_(most) {}

text_too_long::~text_too_long() = default;

std::size_t most_bytes(error_correction level) noexcept {
    switch (level) {  // ISO/IEC 18004, table 7: version 40, 8-bit bytes
    case error_correction::low: return 2953;
    case error_correction::medium: return 2331;
    case error_correction::quartile: return 1663;
    case error_correction::high: return 1273;
    }
    return 0;
}

code::code(std::string_view text, error_correction level) : bytes_(text.size()) {
    if (text.empty()) throw std::invalid_argument("a QR code needs a text");
    if (text.size() > most_bytes(level)) throw text_too_long(text.size(), most_bytes(level));
    const std::unique_ptr<QRcode, free_code> encoded{QRcode_encodeData(
        static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, to_library(level))};
    if (!encoded) {
        if (errno == ENOMEM) throw std::bad_alloc();
        throw text_too_long(text.size(), most_bytes(level));  // the library's own word on the size
    }
    version_ = encoded->version;
    const auto count = static_cast<std::size_t>(encoded->width) * static_cast<std::size_t>(encoded->width);
    dark_.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        dark_.push_back((encoded->data[i] & 1U) != 0);  // the other bits are for debugging
}

bool code::dark(int row, int column) const noexcept {
    if (row < 0 || column < 0 || row >= modules() || column >= modules()) return false;
    return dark_[static_cast<std::size_t>(row) * static_cast<std::size_t>(modules()) +
                 static_cast<std::size_t>(column)];
}

}  // namespace lark::qr
