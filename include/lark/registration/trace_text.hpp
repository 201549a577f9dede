// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/registration/trace.hpp>

#include <stdexcept>
#include <string>

/// The line of a trace file for one exchange: troubleshooting.md, "The file of a trace".
namespace lark::registration {

/// From whose side an exchange was seen.
enum class trace_side : std::uint8_t {
    client,  ///< what follows the exchange is known
    server,  ///< it is not, and is left out
};

/// A JSON object in ASCII, without a line end. Members that have nothing to say are left out. From any thread; throws
/// `std::bad_alloc` only.
[[nodiscard]] LARK_EXPORT std::string to_json(const trace_event& event, trace_side side = trace_side::client);

/// `what()` says which member is wrong, and quotes nothing of the text.
class LARK_EXPORT trace_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The event that `to_json` has written. Unknown members are ignored, absent ones have their default; `step`, `number`,
/// `host` and `result` must be there. Throws `trace_error` for a member that is missing or is not what it should be,
/// and for text that is not a JSON object. From any thread; also throws `std::bad_alloc`.
[[nodiscard]] LARK_EXPORT trace_event trace_event_from_json(const std::string& line);

}  // namespace lark::registration
