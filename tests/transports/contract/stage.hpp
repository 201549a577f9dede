// SPDX-License-Identifier: MIT
#pragma once

#include "contract.hpp"

#include <lark/registration/errors.hpp>
#include <lark/registration/trace.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lark::contract {

/// The result of a registration.
struct run_result {
    std::vector<std::string> events;  ///< `qr`, `polling 1`, `slow_down 6`, `retrying`, `domain_switched 1`
    std::vector<registration::trace_event> trace;  ///< of the exchanges that ended before the end of the registration
    std::optional<registration::app> app;
    std::optional<registration::failure> failure;
    std::vector<std::string> shown;  ///< the texts about failed requests, as a log would have them

    [[nodiscard]] std::string code() const { return failure ? failure->code : app ? "an app" : ""; }
};

/// A registration as its trace has it.
struct recording {
    registration::options options;
    std::vector<registration::trace_event> events{};
};

/// The actions of a scenario on the way. Empty ones do nothing.
struct reactions {
    std::function<void(const registration::qr_code&)> on_qr_code{};
    std::function<void(const registration::status_change&)> on_status_change{};
};

/// A transport that leads somewhere.
class runner {
public:
    runner() = default;
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;
    virtual ~runner() = default;

    /// Registers, and records the calls. Exceptions of `reactions` are passed on; ends of the flow are not.
    [[nodiscard]] run_result run(const reactions& react = {}, registration::options options = {},
                                 std::stop_token stop = {});

    /// Of each registration that was run.
    [[nodiscard]] const std::deque<recording>& recordings() const noexcept { return recordings_; }

protected:
    [[nodiscard]] virtual registration::app register_app(registration::handlers handlers, registration::options options,
                                                         std::stop_token stop) = 0;

private:
    std::deque<recording> recordings_;
};

/// A service and a transport that leads to it.
class stage : public runner {
public:
    virtual void with_service(const std::function<void(fake::accounts_service&, time_point)>& use) = 0;
    /// On the clock of the transport.
    [[nodiscard]] virtual time_point now() = 0;
    /// Requests the stop once `count` requests have reached the service, and while the last of these is out if it is
    /// one that gets no reply.
    virtual void stop_after_requests(std::uint64_t count, std::stop_source stop) = 0;

    void approve();
    void deny();
    void expire();
    void add_fault(fake::fault f);
    [[nodiscard]] fake::request_counters counters();
};

/// Plays a scenario against a sandbox of its own, in this process.
void play_on_sandbox(const scenario& s, bool tls, const register_function& transport);

/// Scenarios by subject, for `scenarios()`.
void add_outcomes(std::vector<scenario>& all);
void add_failures(std::vector<scenario>& all);
void add_cancels(std::vector<scenario>& all);

}  // namespace lark::contract
