// SPDX-License-Identifier: MIT
// Fuzzes the reader of a trace's line: an accepted line is written and read again as the same event, and an error
// quotes nothing.
#include "registration/support/watched_flow.hpp"

#include <lark/registration/trace_text.hpp>

#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lark::registration;
    using testing::require;
    const std::string input{reinterpret_cast<const char*>(data), size};
    trace_event event;
    try {
        event = trace_event_from_json(input);
    } catch (const trace_error& e) {
        require(std::string{e.what()}.size() < 200, "an error quotes nothing");
        return 0;
    }
    const auto line = to_json(event);
    require(trace_event_from_json(line) == event, "an event is written and read again as it was");
    require(to_json(trace_event_from_json(line)) == line, "and so is its line");
    for (const char c : line) require(c >= ' ' && c <= '~', "a line is printable ASCII");
    return 0;
}
