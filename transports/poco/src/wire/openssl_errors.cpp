// SPDX-License-Identifier: MIT
#include "wire/openssl_errors.hpp"

#include <openssl/err.h>

#include <new>

namespace lark::poco::detail {
namespace {

std::string text_or_empty(const char* text) { return text != nullptr ? text : ""; }

}  // namespace

openssl_errors::openssl_errors() noexcept {
    if (ERR_peek_error() == 0) return;
    try {
        entry next;
        const char* file = nullptr;
        const char* function = nullptr;
        const char* data = nullptr;
        int flags = 0;
        while ((next.code = ERR_get_error_all(&file, &next.line, &function, &data, &flags)) != 0) {
            next.file = text_or_empty(file);
            next.function = text_or_empty(function);
            next.data = (flags & ERR_TXT_STRING) != 0 ? text_or_empty(data) : std::string{};
            of_caller_.push_back(next);
        }
    } catch (const std::bad_alloc&) {  // those that were read are put back
        ERR_clear_error();
    }
}

openssl_errors::~openssl_errors() {
    if (ERR_peek_error() != 0) ERR_clear_error();
    for (const auto& one : of_caller_) {
        ERR_new();
        ERR_set_debug(one.file.c_str(), one.line, one.function.c_str());
        if (one.data.empty()) ERR_set_error(ERR_GET_LIB(one.code), ERR_GET_REASON(one.code), nullptr);
        else ERR_set_error(ERR_GET_LIB(one.code), ERR_GET_REASON(one.code), "%s", one.data.c_str());
    }
}

std::string openssl_reason() {
    std::string text;
    for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        if (reason == nullptr || text.find(reason) != std::string::npos) continue;
        if (!text.empty()) text += "; ";
        text += reason;
    }
    return text;
}

}  // namespace lark::poco::detail
