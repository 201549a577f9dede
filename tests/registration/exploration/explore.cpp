// SPDX-License-Identifier: MIT
#include "registration/exploration/explore.hpp"

#include "registration/exploration/carry_on.hpp"

#include "registration/support/flow_test_access.hpp"
#include "registration/support/replies.hpp"
#include "registration/support/script.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace lark::registration::testing {
namespace {

using namespace std::chrono_literals;

/// How a state was reached, for the report of a broken rule.
struct trail {
    std::shared_ptr<const trail> from;
    std::string input;
};

struct node {
    watched_flow flow;
    time_point now;
    std::shared_ptr<const trail> path;
};

struct reply_input {
    std::string name;
    http_response response;
    bool credentials = false;
};

/// Each kind of reply of protocol.md. Lifetimes are short, so that expiry is never far.
const std::vector<reply_input>& alphabet() {
    static const auto all = [] {
        const std::vector<http_header> wait{{"Retry-After", "3"}};
        const std::vector<http_header> long_wait{{"Retry-After", "3600"}};
        std::vector<reply_input> replies{
            {"init", {200, {}, init_ok}},
            {"init, Retry-After", {200, wait, init_ok}},
            {"begun", {200, {}, begun(R"(,"expires_in":20,"interval":8)")}},
            {"begun, shorter than an interval", {200, {}, begun(R"(,"expires_in":4)")}},
            {"begun, Retry-After", {200, wait, begun(R"(,"expires_in":20,"interval":8)")}},
            {"credentials", {200, {}, credentials()}, true},
            {"credentials beside all else",
             {500, wait, credentials(',' + lark_user + R"(,"error":"access_denied")")},
             true},
            {"a Lark user", {200, {}, '{' + lark_user + '}'}},
            {"a Lark user, Retry-After", {200, wait, '{' + lark_user + '}'}},
            {"a Lark user, slow_down", {400, {}, error_body("slow_down", ',' + lark_user)}},
            {"a Lark user, denied", {400, {}, error_body("access_denied", ',' + lark_user)}},
            {"credentials without a user", {200, {}, credentials("")}, true},
            {"keyless", {200, {}, R"({"client_id":"cli_k","auth_method":["private_key_jwt"]})"}},
            {"an error of the platform", {403, {}, R"({"code":20001,"msg":"m"})"}},
            {"an error of a gateway", {502, {}, R"({"error":"Bad Gateway"})"}},
            {"pending", {400, {}, pending}},
            {"pending, Retry-After", {400, long_wait, pending}},
            {"slow_down", {400, {}, slow_down}},
            {"slow_down with interval", {400, {}, error_body("slow_down", R"(,"interval":"14")")}},
            {"{}", {200, {}, "{}"}},
            {"no JSON", {200, {}, "<html>"}},
            {"503", {503, wait, ""}},
            {"302", {302, {}, "{}"}},
        };
        for (const auto* error : {"access_denied", "expired_token", "invalid_grant", "server_error"})
            replies.push_back({error, {400, {}, error_body(error)}});
        return replies;
    }();
    return all;
}

std::uint64_t hash_of(const std::string& key) {
    std::uint64_t hash = 14695981039346656037u;  // FNV-1a; std::hash may be 32 bits
    for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return hash;
}

class explorer {
public:
    explored run(const options& opts, start from, unsigned depth,
                 const std::function<void(unsigned, const explored&)>& report) {
        opts_ = opts;
        player p{opts};
        if (from == start::link_shown) {
            static_cast<void>(drain(p.flow, p.now));
            if (opts.check_auth_methods) p.play(replies{init_ok});
            static_cast<void>(drain(p.flow, p.now));
            p.play(replies{begun(R"(,"expires_in":20,"interval":8)")});
        }
        settle(node{p.flow, p.now, nullptr});
        for (unsigned level = 1; level <= depth && !next_.empty(); ++level) {
            const auto here = std::exchange(next_, {});
            for (const auto& n : here) branch(n);
            if (report) report(level, seen_so_far_);
        }
        seen_so_far_.complete = next_.empty();
        return seen_so_far_;
    }

private:
    template <class Input>
    void take(const node& from, const std::string& name, duration later, const Input& input) {
        ++seen_so_far_.transitions;
        node to = from;
        to.now = saturating_add(to.now, later);
        to.path =
            std::make_shared<const trail>(trail{from.path, name + " after " + std::to_string(later.count()) + " ns"});
        const auto path = to.path;
        try {
            input(to);
            // A driver may hand a request out late: others come first, or the machine slept.
            if (to.flow.get().result() == nullptr && (to.flow.get().state_name().ends_with("_due")))
                for (const duration delay : {duration{7s}, duration{24h}}) {
                    auto delayed = to;
                    delayed.now = saturating_add(delayed.now, delay);
                    settle(std::move(delayed));
                }
            settle(std::move(to));
        } catch (const broken_rule& e) {
            std::string inputs;
            for (const auto* t = path.get(); t != nullptr; t = t->from.get()) inputs.insert(0, " > " + t->input);
            throw broken_rule{std::string{e.what()} + ", reached by" + inputs};
        }
    }

    void branch(const node& n) {
        const bool out = n.flow.outstanding() != request_id{};
        const auto left = n.flow.waits_until() ? saturating_sub(*n.flow.waits_until(), n.now) : duration{0};
        const bool knows = flow_test_access::has_device_code(n.flow.get());
        if (out) {
            const auto id = n.flow.outstanding();
            for (const auto& r : alphabet())
                for (const duration later : {duration{0}, left - 1ns, left + 10s})
                    take(n, r.name, later, [&](node& to) {
                        to.flow.handle_response(id, to.now, r.response, r.credentials);
                        require(to.flow.handle_response(id, to.now, {200, {}, credentials()}) == accepted::stale,
                                "a doubled answer is stale");
                    });
            for (int kind = 0; kind <= static_cast<int>(transport_failure_kind::too_large); ++kind) {
                const auto is = static_cast<transport_failure_kind>(kind);
                const auto why = std::string{to_string(is)} + (knows ? " for " + escaped_device_code : "");
                const transport_failure failure{is, why};
                for (const duration later : {duration{0}, left - 1ns, left + 10s}) {
                    if (later != duration{0} && failure.kind != transport_failure_kind::cut) continue;
                    take(n, std::string{to_string(failure.kind)}, later,
                         [&](node& to) { to.flow.handle_failure(id, to.now, failure); });
                }
            }
            for (const duration later : {duration{0}, left - 1ns, left + 10s})
                take(n, "cut on a kept connection", later, [&](node& to) {
                    to.flow.handle_failure(
                        id, to.now,
                        {transport_failure_kind::cut, knows ? "kept, for " + escaped_device_code : "kept", true});
                });
        }
        for (const duration later : {left - 1ns, left, left + 1ns, duration{48h}})
            take(n, "time", later, [](node& to) { to.flow.handle_time(to.now); });
        take(n, "cancel", duration{0}, [](node& to) { to.flow.cancel(); });
        for (const auto id :
             {static_cast<std::uint64_t>(n.flow.newest_id()) + 1, static_cast<std::uint64_t>(n.flow.newest_id()) - 1})
            take(n, "stale", 1s, [&](node& to) {
                to.flow.handle_response(request_id{id}, to.now, {200, {}, credentials()});
            });
    }

    /// Takes the outputs, and keeps the state if it is new.
    void settle(node n) {
        static_cast<void>(drain(n.flow, n.now));
        if (!seen_.insert(hash_of(n.flow.key())).second) return;
        ++seen_so_far_.states;
        if (n.flow.result() != nullptr) {
            ++seen_so_far_.ended;
            auto over = n.flow;  // an outcome never changes
            over.cancel();
            over.handle_time(saturating_add(n.now, 48h));
            static_cast<void>(drain(over, saturating_add(n.now, 48h)));
            return;
        }
        const bool lasting = !opts_.give_up_after;  // a flow that carries on starts that limit from zero
        if (lasting && flow_test_access::has_device_code(n.flow.get()) && same_trace_carried_on(n.flow, n.now, opts_))
            ++seen_so_far_.carried_on;
        auto silent = n.flow;
        drive_to_end(silent, n.now, [] { return std::optional<http_result>{}; });
        auto unlucky = n.flow;
        drive_to_end(unlucky, n.now, [] { return std::optional<http_result>{http_response{400, {}, slow_down}}; });
        next_.push_back(std::move(n));
    }

    options opts_;
    std::unordered_set<std::uint64_t> seen_;
    std::vector<node> next_;
    explored seen_so_far_;
};

}  // namespace

explored explore(const options& opts, start from, unsigned depth,
                 const std::function<void(unsigned, const explored&)>& report) {
    return explorer{}.run(opts, from, depth, report);
}

}  // namespace lark::registration::testing
