#pragma once

#include <lark/http.hpp>
#include <lark/registration/trace.hpp>

#include <string>

namespace lark::fake {

/// A result that reads as the event says; `page` is where the link of a begin reply leads.
[[nodiscard]] http_result replayed_result(const registration::trace_event& event, const std::string& page);

}  // namespace lark::fake
