// SPDX-License-Identifier: MIT
// docs/state-machine.md against the code: every row of its two tables is driven, and every state and input of the code
// has its row.
#include "registration/support/replies.hpp"
#include "registration/support/script.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace lark::registration;
using namespace lark::registration::testing;
using namespace std::chrono_literals;

namespace {

using enum lark::transport_failure_kind;
using row = std::vector<std::string>;

/// A state, reached with all outputs taken but its own, and an input by the document's name for it.
struct cell {
    std::string state;
    std::string input;
    steps before;
    step is;
};

// How each state is reached.
const char* const reply_lost = "cut";
steps to_init_waiting() { return {sends{action::init}, fails{cut, ""}, reports{status::retrying, 1s, reply_lost}}; }
steps to_begin_due() { return init_done(); }
steps to_begin_sent() { return init_done() + steps{sends{action::begin}}; }
steps to_begin_waiting() { return to_begin_sent() + steps{fails{cut, ""}, reports{status::retrying, 1s, reply_lost}}; }
steps to_third_init() {
    return to_init_waiting() + steps{waits{1s},      sends{action::init},
                                     fails{cut, ""}, reports{status::retrying, 2s, reply_lost},
                                     waits{2s},      sends{action::init}};
}
steps to_third_begin() {
    return to_begin_waiting() + steps{waits{1s},      sends{action::begin},
                                      fails{cut, ""}, reports{status::retrying, 2s, reply_lost},
                                      waits{2s},      sends{action::begin}};
}
steps to_poll_sent() { return begin_done() + steps{sends{action::poll}}; }
steps to_poll_at_lark() {
    return to_poll_sent() +
           steps{replies{'{' + lark_user + '}'}, reports{status::domain_switched, 5s}, sends{action::poll, host::lark}};
}
steps to_poll_waiting() { return to_poll_sent() + steps{replies{pending}, reports{status::polling, 5s}}; }
/// The reply comes at last_poll_at or after it.
steps to_last_poll() { return begin_done() + steps{passes{599s}, sends{action::poll, host::feishu, 4s}}; }
/// The reply comes after expiry.
steps to_last_poll_after_end() { return to_last_poll() + steps{passes{2s}}; }
steps to_expiring() { return to_last_poll() + steps{replies{pending}}; }

const std::vector<std::string> state_names{"init_due",     "init_sent",     "init_waiting", "begin_due",
                                           "begin_sent",   "begin_waiting", "poll_due",     "poll_sent",
                                           "poll_waiting", "expiring",      "finished"};

std::vector<cell> cells() {
    std::vector<cell> all;
    const auto add = [&](const std::string& state, const steps& before,
                         const std::vector<std::pair<std::string, step>>& inputs) {
        for (const auto& [name, input] : inputs) all.push_back({state, name, before, input});
    };
    const auto busy = replies{"", 503};
    const auto no_json = replies{"<html>"};
    const auto error = replies{error_body("some_error")};
    const auto gateway = replies{error_body("some_error"), 502};
    const auto platform = replies{R"({"code":20001,"msg":"m"})", 403};
    const auto rate_limited = replies{R"({"code":99991400,"msg":"m"})", 400};
    const auto past_timeout = [](steps before, std::chrono::seconds timeout) {
        return before + steps{passes{timeout}};
    };

    add("init_due", {}, {{"handed out", sends{action::init}}});
    add("init_sent", {sends{action::init}},
        {{"reply: client_secret supported", replies{init_ok}},
         {"reply: the same, with Retry-After", replies{init_ok, 200, {{"Retry-After", "3"}}}},
         {"reply: other methods", replies{"{}"}},
         {"reply: error", error},
         {"reply: 429 or 5xx, no word that ends", gateway},
         {"reply: error of the platform", platform},
         {"reply: the platform's rate limit", rate_limited},
         {"reply: no JSON object", no_json},
         {"failure that may pass", fails{cut, ""}},
         {"failure that will not pass", fails{certificate, ""}}});
    add("init_sent", past_timeout({sends{action::init}}, 15s), {{"timeout", feeds_time{}}});
    add("init_sent", to_third_init(), {{"failure that may pass, third try", fails{cut, ""}}});
    add("init_waiting", to_init_waiting(), {{"before the deadline", feeds_time{}}});
    add("init_waiting", past_timeout(to_init_waiting(), 1s), {{"deadline", feeds_time{}}});
    add("begin_due", to_begin_due(), {{"handed out", sends{action::begin}}});
    add("begin_sent", to_begin_sent(),
        {{"reply: link and device code", replies{begun()}},
         {"reply: the same, with Retry-After", replies{begun(), 200, {{"Retry-After", "3"}}}},
         {"reply: anything missing", replies{"{}"}},
         {"reply: error", error},
         {"reply: 429 or 5xx, no word that ends", gateway},
         {"reply: error of the platform", platform},
         {"reply: the platform's rate limit", rate_limited},
         {"reply: no JSON object", no_json},
         {"failure that may pass", fails{cut, ""}},
         {"failure that will not pass", fails{certificate, ""}}});
    add("begin_sent", past_timeout(to_begin_sent(), 15s), {{"timeout", feeds_time{}}});
    add("begin_sent", to_third_begin(), {{"failure that may pass, third try", fails{cut, ""}}});
    add("begin_waiting", to_begin_waiting(), {{"before the deadline", feeds_time{}}});
    add("begin_waiting", past_timeout(to_begin_waiting(), 1s), {{"deadline", feeds_time{}}});
    add("poll_due", begin_done(), {{"handed out", sends{action::poll}}});
    const std::vector<std::pair<std::string, step>> poll_inputs{
        {"reply: credentials", replies{credentials(), 200, {}, true}},
        {"reply: a Lark user", replies{'{' + lark_user + '}'}},
        {"reply: authorization_pending", replies{pending}},
        {"reply: slow_down", replies{slow_down}},
        {"reply: access_denied", replies{error_body("access_denied")}},
        {"reply: expired_token or invalid_grant", replies{error_body("invalid_grant")}},
        {"reply: any other error", error},
        {"reply: an app without a secret", replies{R"({"client_id":"cli_k","auth_method":["private_key_jwt"]})"}},
        {"reply: error of the platform", platform},
        {"reply: {}", replies{"{}"}},
        {"reply: no JSON, 3xx, 429, 5xx", busy},
        {"failure of any kind", fails{certificate, ""}}};
    const auto under = [&](const std::string& when, const steps& before) {
        for (const auto& [name, input] : poll_inputs) all.push_back({"poll_sent", name + when, before, input});
    };
    under("", to_poll_sent());
    add("poll_sent", to_poll_at_lark(), {{"reply: a Lark user, at Lark already", replies{'{' + lark_user + '}'}}});
    add("poll_sent", past_timeout(to_poll_sent(), 15s), {{"timeout", feeds_time{}}});
    under(", from last_poll_at on", to_last_poll());
    add("poll_sent", past_timeout(to_last_poll(), 4s), {{"timeout, from last_poll_at on", feeds_time{}}});
    under(", from expiry on", to_last_poll_after_end());
    add("poll_sent", to_poll_sent() + steps{passes{24h}},
        {{"timeout that was before last_poll_at, fed from last_poll_at on", feeds_time{}},
         {"reply: authorization_pending, fed after a timeout that was before last_poll_at", replies{pending}},
         {"reply: {}, fed after a timeout that was before last_poll_at", replies{"{}"}},
         {"failure of any kind, fed after a timeout that was before last_poll_at", fails{certificate, ""}}});
    add("poll_waiting", to_poll_waiting(), {{"before the deadline", feeds_time{}}});
    add("poll_waiting", past_timeout(to_poll_waiting(), 5s), {{"deadline", feeds_time{}}});
    add("expiring", to_expiring(), {{"before the deadline", feeds_time{}}});
    add("expiring", past_timeout(to_expiring(), 1s), {{"deadline", feeds_time{}}});
    add("finished", {cancels{}}, {{"before the deadline", feeds_time{}}});

    const std::map<std::string, steps> reached{{"init_due", {}},
                                               {"init_sent", {sends{action::init}}},
                                               {"init_waiting", to_init_waiting()},
                                               {"begin_due", to_begin_due()},
                                               {"begin_sent", to_begin_sent()},
                                               {"begin_waiting", to_begin_waiting()},
                                               {"poll_due", begin_done()},
                                               {"poll_sent", to_poll_sent()},
                                               {"poll_waiting", to_poll_waiting()},
                                               {"expiring", to_expiring()},
                                               {"finished", {cancels{}}}};
    for (const auto& [state, before] : reached) all.push_back({state, "cancel", before, cancels{}});
    return all;
}

/// The rows of the code: state, input, next state, the outputs before the next state's own output.
std::set<row> rows_of_code() {
    std::set<row> rows;
    for (const auto& c : cells()) {
        player p{options{}};
        play(p, c.before);
        BOOST_TEST(p.flow.get().state_name() == c.state);
        p.play(c.is);
        const std::string next{p.flow.get().state_name()};
        std::string handed_out;
        while (true) {
            auto copy = p.flow;
            const auto o = copy.poll_output(p.now);
            std::string name;
            if (std::holds_alternative<qr_code_ready>(o)) name = "link";
            else if (const auto* s = std::get_if<status_changed>(&o)) name = std::string{to_string(s->status)};
            else if (std::holds_alternative<abandon_request>(o)) name = "abandon";
            else break;
            p.flow = copy;
            handed_out += (handed_out.empty() ? "" : ", ") + name;
        }
        BOOST_TEST(rows.insert({c.state, c.input, next, handed_out.empty() ? "–" : handed_out}).second);
    }
    return rows;
}

/// The output that a state repeats, or gives after all others.
std::set<row> states_of_code() {
    std::set<row> rows;
    for (const auto& c : cells()) {
        player p{options{}};
        play(p, c.before);
        const auto o = p.flow.poll_output(p.now);
        rows.insert({c.state, std::holds_alternative<send_request>(o) ? "send_request"
                              : std::holds_alternative<wait_until>(o) ? "wait_until"
                                                                      : "finished"});
    }
    return rows;
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" `");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" `") - first + 1);
}

/// The rows of the table whose head begins with this word; `columns` of each are kept.
std::vector<row> table(const std::string& head, const std::vector<std::size_t>& columns) {
    std::ifstream file{STATE_TABLE};
    BOOST_REQUIRE_MESSAGE(file, "cannot read " STATE_TABLE);
    std::vector<row> rows;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("| " + head, 0) == 0) inside = true;
        else if (line.empty() || line[0] != '|') inside = false;
        else if (inside && line.rfind("|--", 0) != 0) {
            row all;
            std::istringstream parts{line.substr(1)};
            for (std::string part; std::getline(parts, part, '|');) all.push_back(trimmed(part));
            row kept;
            for (const auto c : columns) kept.push_back(c < all.size() ? all[c] : "");
            rows.push_back(kept);
        }
    }
    return rows;
}

std::string text_of(const row& r) {
    std::string out = "|";
    for (const auto& part : r) out += ' ' + part + " |";
    return out;
}

void compare(const std::vector<row>& written, const std::set<row>& driven) {
    const std::set<row> in_document(written.begin(), written.end());
    BOOST_TEST(in_document.size() == written.size(), "a row stands there twice");
    for (const auto& r : driven)
        if (!in_document.contains(r)) BOOST_ERROR("the code does what is not in the document: " << text_of(r));
    for (const auto& r : in_document)
        if (!driven.contains(r)) BOOST_ERROR("the document says what the code does not do: " << text_of(r));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(state_table)

BOOST_AUTO_TEST_CASE(transitions) { compare(table("State | Input", {0, 1, 2, 3}), rows_of_code()); }

BOOST_AUTO_TEST_CASE(states) { compare(table("State | Own output", {0, 1}), states_of_code()); }

BOOST_AUTO_TEST_CASE(every_state_is_in_the_table) {
    std::set<std::string> seen;
    for (const auto& c : cells()) seen.insert(c.state);
    BOOST_TEST((seen == std::set<std::string>(state_names.begin(), state_names.end())));
}

// All conversations see each reason in each of its states, and no other.
BOOST_AUTO_TEST_CASE(reasons_to_wait) {
    std::vector<row> written;
    for (const auto& r : table("`wait_until::reason`", {0, 1})) {
        std::istringstream states{r[1]};
        for (std::string one; std::getline(states, one, ',');) written.push_back({r[0], trimmed(one)});
    }
    std::set<row> seen;
    for (const auto& s : all_scripts()) {
        player p{s.opts};
        for (const auto& one : s.is) {
            p.play(one);
            auto f = p.flow.get();
            for (int i = 0; i < 5; ++i) {
                const auto out = f.poll_output(p.now);
                if (const auto* wait = std::get_if<wait_until>(&out))
                    seen.insert({std::string{to_string(wait->reason)}, std::string{f.state_name()}});
            }
        }
    }
    compare(written, seen);
}

// The picture has an arrow for each pair of states in the table, and no other.
BOOST_AUTO_TEST_CASE(picture) {
    std::set<row> pairs;
    for (const auto& r : rows_of_code())
        if (r[0] != r[2] && r[1] != "cancel") pairs.insert({r[0], r[2]});
    std::ifstream file{STATE_TABLE};
    std::vector<row> arrows;
    for (std::string line; std::getline(file, line);) {
        const auto arrow = line.find(" --> ");
        if (arrow == std::string::npos || line.find("[*]") != std::string::npos) continue;
        arrows.push_back({trimmed(line.substr(0, arrow)), trimmed(line.substr(arrow + 5, line.find(':') - arrow - 5))});
    }
    compare(arrows, pairs);
}

// An answer to any other id is stale in every state (not a row: it changes nothing anywhere).
BOOST_AUTO_TEST_CASE(stale_answers_change_no_state) {
    for (const auto& c : cells()) {
        player p{options{}};
        play(p, c.before);
        BOOST_TEST((p.flow.handle_response(request_id{99}, p.now, {200, {}, credentials()}) == accepted::stale));
        BOOST_TEST(p.flow.get().state_name() == c.state);
    }
}

BOOST_AUTO_TEST_SUITE_END()
