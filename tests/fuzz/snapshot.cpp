// SPDX-License-Identifier: MIT
// Fuzzes the reader of snapshots: an accepted text is written back unchanged, shows no secret, and makes a flow that
// ends.
#include "registration/support/watched_flow.hpp"

#include <lark/registration/flow.hpp>
#include <lark/registration/snapshot.hpp>

#include <cstdint>
#include <string>
#include <variant>

namespace {

using namespace std::chrono_literals;
using namespace lark;
using namespace lark::registration;
using testing::require;

/// Options with the hosts of the snapshot, which are in its text in plain ASCII.
options options_for(const std::string& text) {
    options opts;
    opts.allow_plain_http = true;
    const auto value = [&](const std::string& key) {
        const auto at = text.find('"' + key + "\":\"") + key.size() + 4;
        return text.substr(at, text.find('"', at) - at);
    };
    opts.domain = value("domain");
    opts.lark_domain = value("lark_domain");
    return opts;
}

/// Unanswered, to its end.
void run_out(flow f, time_point now) {
    for (int rounds = 0; rounds < 100'000; ++rounds) {
        const auto out = f.poll_output(now);
        if (std::holds_alternative<finished>(out)) return;
        if (const auto* request = std::get_if<send_request>(&out)) {
            require(request->body.starts_with("action=poll&device_code=") && request->timeout > 0s, "a poll is sent");
        } else if (const auto* wait = std::get_if<wait_until>(&out)) {
            now = std::max(now, wait->deadline);
            f.handle_time(now);
        }
    }
    require(false, "a flow made of a snapshot ends");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const secret input{std::string{reinterpret_cast<const char*>(data), size}};
    std::optional<snapshot> read;
    try {
        read = snapshot::parse(input);
    } catch (const snapshot_error& e) {
        require(std::string{e.what()}.size() < 200, "an error quotes nothing");
        return 0;
    }
    const auto text = read->text();
    require(snapshot::parse(text).text() == text, "protocol.md 9: what is read is written again as it was");
    require(text.reveal().find('\n') == std::string::npos, "protocol.md 9: one line");
    const auto view = read->view();
    require(view.link.empty() && view.user_code.empty() && view.verification_uri.empty(), "hidden unless asked for");

    const auto opts = options_for(text.reveal());
    for (const auto wall : {view.expires_at - 60s, view.expires_at + 3600s}) {
        const wall_time at{from_origin(5h), wall};
        const flow f{*read, at, opts};
        const auto again = f.save(at);
        require(again.has_value(), "what was carried on can be saved");
        const flow other{snapshot::parse(again->text()), at, opts};
        require(other.save(at)->text() == again->text(), "protocol.md 9: nothing is lost on the way");
        run_out(f, at.now);
    }
    return 0;
}
