// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/fake/service_types.hpp>
#include <lark/registration/trace.hpp>
#include <lark/registration/trace_text.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lark::fake {

/// A service that answers as a trace says: with its statuses, OAuth errors, codes, request ids, failures and latencies,
/// so that the report of a problem becomes a test that runs the same way each time. A trace has no secret in it; codes,
/// links and credentials are made up.
///
///     lark::fake::replay replay{text_of_the_trace_file};
///     lark::fake::http_client client{replay};
///     auto app = lark::register_app(handlers, options, client);
///
/// The trace is that of one registration, with the API calls that followed. Its events are answered in their order, to
/// requests of the same step, at the same one of the two hosts. A request that the trace does not have next is answered
/// with HTTP 400 and `invalid_request`, and leaves the trace where it is; but init, begin or token requests that the
/// trace has no event for, as that of a registration that was carried on, succeed. After the last event there is no
/// reply to any request.
///
/// A reply has the length that the trace says, as far as blanks at its end can do that, up to 1 MiB. With the options
/// of the recorded run over `http_client` or `event_loop` without latency, the registration then has the same trace
/// again.
///
/// Threads: one at a time. Can be copied: the copy goes on from the same event.
class LARK_EXPORT replay final : public responder {
public:
    /// Reads a trace file: a first line with `"v":1`, then an event a line; lines without `step` are skipped. Throws
    /// `registration::trace_error`, whose text begins with the number of the line that is wrong, and `std::bad_alloc`.
    explicit replay(std::string_view trace);

    /// The events of one registration, in their order. Throws `std::bad_alloc` only.
    explicit replay(std::vector<registration::trace_event> events);

    /// See above. Throws `std::bad_alloc` only.
    [[nodiscard]] service_reply handle(host_role host, const http_request& request, time_point now) override;

    /// All of the trace.
    [[nodiscard]] const std::vector<registration::trace_event>& events() const noexcept { return events_; }
    /// How many of its events have been answered.
    [[nodiscard]] std::size_t answered() const noexcept { return answered_; }
    /// True if all have.
    [[nodiscard]] bool finished() const noexcept { return answered_ == events_.size(); }
    /// The first request that the trace did not have next: `init at accounts.feishu.cn, where the trace has poll 3 at
    /// accounts.feishu.cn`. Empty if there was none.
    [[nodiscard]] const std::string& mismatch() const noexcept { return mismatch_; }

    /// Where the links lead that are made up; `https://accounts.feishu.cn/page/launcher` unless set.
    void set_verification_page(std::string url) { page_ = std::move(url); }

private:
    [[nodiscard]] bool has_ahead(registration::exchange_step step) const noexcept;
    void find_hosts();
    [[nodiscard]] const std::string& host_name_of(host_role role) const noexcept;
    [[nodiscard]] std::chrono::seconds interval_before() const noexcept;
    service_reply answer(const registration::trace_event& event) const;

    std::vector<registration::trace_event> events_;
    std::size_t answered_ = 0;
    std::string feishu_host_;  // that of the first event; the other one stands for Lark
    std::string lark_host_;
    std::string mismatch_;
    std::string page_ = "https://accounts.feishu.cn/page/launcher";
};

}  // namespace lark::fake
