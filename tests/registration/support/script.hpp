// SPDX-License-Identifier: MIT
#pragma once

#include "registration/support/watched_flow.hpp"

#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

/// Conversations in virtual time, as data: the outputs of the flow and its inputs, in order.
namespace lark::registration::testing {

enum class action { init, begin, poll };
enum class host { feishu, lark };

// The output that must come next.
struct sends {
    testing::action action{};
    testing::host host = testing::host::feishu;
    duration timeout = std::chrono::seconds{15};
};
struct shows {
    std::string url{};
    std::chrono::seconds expire_in{600};
    std::string user_code{};
    std::string verification_uri{};
};
struct reports {
    registration::status status{};
    std::chrono::seconds interval{};
    std::string reason{};
};
struct abandons {};
/// The wait has exactly this length; then time is set to its end, and the flow gets `handle_time`.
struct waits {
    duration length{};
};
/// The wait has exactly this length, and nothing follows yet.
struct awaits {
    duration length{};
};
struct ends {
    outcome result{};
};

// The inputs.
struct replies {
    std::string body{};
    int status = 200;
    std::vector<http_header> headers{};
    bool credentials = false;
};
struct fails {
    transport_failure_kind kind{};
    std::string detail{};
    bool on_kept_connection = false;
};
struct cancels {};
/// The clock moves; the flow gets the time with its next input or output.
struct passes {
    duration length{};
};
/// The flow gets `handle_time`.
struct feeds_time {};

using step =
    std::variant<sends, shows, reports, abandons, waits, awaits, ends, replies, fails, cancels, passes, feeds_time>;
using steps = std::vector<step>;

[[nodiscard]] steps operator+(steps a, const steps& b);

struct script {
    std::string name;  ///< begins with the rule, such as "3.2 …"
    options opts{};
    steps is{};
};
std::ostream& operator<<(std::ostream& out, const script& s);

/// Plays a script, step by step. Throws `broken_rule` with both sides where the flow does something else.
class player {
public:
    explicit player(const options& opts) : flow(opts) {}
    void play(const step& s);

    watched_flow flow;
    time_point now = from_origin(std::chrono::hours{5});  // not the origin: differences count

private:
    void play_one(const sends& s);
    void play_one(const shows& s);
    void play_one(const reports& s);
    void play_one(const abandons&);
    void play_one(const waits& s);
    void play_one(const awaits& s);
    void play_one(const ends& s);
    void play_one(const replies& s);
    void play_one(const fails& s);
    void play_one(const cancels&);
    void play_one(const passes& s);
    void play_one(const feeds_time&);
};

/// Plays the steps from `first` on. An exception has the number of the step that failed.
void play(player& p, const steps& all, std::size_t first = 0);

/// Takes all outputs until the flow waits or is over, and returns them.
std::vector<output> drain(watched_flow& flow, time_point now);

/// Drives a flow to its end: `answer` gives the answer to each request; without one the request times out. Throws
/// `broken_rule` if there is no end within a bound that no honest run comes near.
using answerer = std::function<std::optional<http_result>()>;
void drive_to_end(watched_flow& flow, time_point now, const answerer& answer);

[[nodiscard]] std::string to_text(const output& o);
[[nodiscard]] std::string to_text(const outcome& o);

// The beginnings and ends that most conversations share.
[[nodiscard]] steps init_done();  ///< up to init's reply
[[nodiscard]] steps begin_done(const std::string& reply = "",
                               std::chrono::seconds lifetime = std::chrono::seconds{
                                   600});  ///< init_done and up to begin's reply, link shown
[[nodiscard]] step shows_link(std::chrono::seconds lifetime = std::chrono::seconds{600});
[[nodiscard]] steps poll_gets(const std::string& body, host at = host::feishu);  ///< sent and answered at once
[[nodiscard]] steps is_pending(std::chrono::seconds interval = std::chrono::seconds{5},
                               host at = host::feishu);  ///< the poll and its status, before the wait
[[nodiscard]] steps polls_pending(std::chrono::seconds interval = std::chrono::seconds{5});  ///< then the wait
[[nodiscard]] steps succeeds(host at = host::feishu);
[[nodiscard]] step ends_with_app(brand issuer = brand::feishu);
[[nodiscard]] step ends_with(failure_kind kind, std::string code, std::string description, bool local,
                             std::string last_error = "");
[[nodiscard]] step ends_expired_here(int lifetime = 600, const std::string& last_error = "");

/// The conversations, by section of protocol.md.
[[nodiscard]] std::vector<script> scripts_of_start();     // 2
[[nodiscard]] std::vector<script> scripts_of_polls();     // 3
[[nodiscard]] std::vector<script> scripts_of_waits();     // 3: waiting, back-off, Retry-After
[[nodiscard]] std::vector<script> scripts_of_deadline();  // 4
[[nodiscard]] const std::vector<script>& all_scripts();

}  // namespace lark::registration::testing
