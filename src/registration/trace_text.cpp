// SPDX-License-Identifier: MIT
#include <lark/registration/trace_text.hpp>

#include <lark/json.hpp>

#include <cstdint>
#include <limits>
#include <string_view>

namespace lark::registration {
namespace {

/// Members one after the other. Every text of an event is a word of ours, a host or an id, which need no escapes.
class object_text {
public:
    void add(std::string_view name, std::string_view word) { begin(name), text_.append(1, '"').append(word) += '"'; }
    void add(std::string_view name, std::int64_t number) { begin(name), text_ += std::to_string(number); }
    void add_true(std::string_view name) { begin(name), text_ += "true"; }
    [[nodiscard]] std::string finish() { return std::move(text_ += '}'); }

private:
    void begin(std::string_view name) {
        text_ += text_.empty() ? "{\"" : ",\"";
        text_.append(name) += "\":";
    }

    std::string text_;
};

[[noreturn]] void reject(std::string_view member, std::string_view wanted) {
    throw trace_error{std::string{member}.append(" must be ").append(wanted)};
}

/// The members of one object, by type. Each function throws `trace_error` for a value of another type.
class object_reader {
public:
    explicit object_reader(const json& object) : object_(object) {}

    [[nodiscard]] bool has(std::string_view name) const noexcept { return static_cast<bool>(object_[name]); }

    [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most,
                                      std::int64_t without = 0) const {
        if (!has(name)) return without;
        const auto value = object_[name].as_integer();
        if (!value || *value < least || *value > most)
            reject(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        return *value;
    }

    [[nodiscard]] bool flag(std::string_view name) const {
        if (!has(name)) return false;
        const auto value = object_[name].as_boolean();
        if (!value) reject(name, "true or false");
        return *value;
    }

    /// The enumerator of that name.
    template <class Enum>
    [[nodiscard]] Enum word(std::string_view name, Enum without) const {
        return has(name) ? required_word<Enum>(name) : without;
    }
    template <class Enum>
    [[nodiscard]] Enum required_word(std::string_view name) const {
        const auto value = enumerator<Enum>(object_[name].as_string().value_or(""));
        if (!value) reject(name, "a word of the format: troubleshooting.md, \"The file of a trace\"");
        return *value;
    }

    /// A `host_name` or a `log_id`.
    template <class Text>
    [[nodiscard]] Text checked(std::string_view name, std::string_view wanted) const {
        if (!has(name)) return {};
        auto value = Text::parse(object_[name].as_string().value_or(""));
        if (!value) reject(name, wanted);
        return *std::move(value);
    }

private:
    const json& object_;
};

constexpr auto any = std::numeric_limits<std::int64_t>::max();

exchange_summary read_exchange(const object_reader& line) {
    exchange_summary out;
    out.step = line.required_word<exchange_step>("step");
    if (!line.has("number")) reject("number", "there");
    out.number = static_cast<unsigned>(line.number("number", 1, std::numeric_limits<std::int32_t>::max()));
    if (!line.has("host")) reject("host", "there");
    out.host = line.checked<host_name>("host", "a host, and a port that is not the scheme's");
    out.request_id = line.checked<log_id>("request_id", "letters, digits, dots, hyphens and underscores, up to 128");
    out.http_status = static_cast<int>(line.number("http_status", 100, 999));
    out.error = line.word("error", oauth_error::none);
    out.code = line.number("code", -any - 1, any);
    if (line.has("failure")) out.failure = line.required_word<transport_failure_kind>("failure");
    return out;
}

}  // namespace

std::string to_json(const trace_event& event, trace_side side) {
    const auto& exchange = event.exchange;
    object_text out;
    out.add("step", to_string(exchange.step));
    out.add("number", exchange.number);
    out.add("host", exchange.host.text());
    if (exchange.http_status != 0) out.add("http_status", exchange.http_status);
    if (exchange.error != oauth_error::none) out.add("error", to_string(exchange.error));
    if (exchange.code != 0) out.add("code", exchange.code);
    if (exchange.failure) out.add("failure", to_string(*exchange.failure));
    if (event.on_kept_connection) out.add_true("on_kept_connection");
    if (!exchange.request_id.empty()) out.add("request_id", exchange.request_id.text());
    out.add("result", to_string(event.result));
    if (event.took) out.add("took_ns", event.took->count());
    if (event.bytes) out.add("bytes", static_cast<std::int64_t>(*event.bytes));
    if (event.retry_after.count() != 0) out.add("retry_after", event.retry_after.count());
    if (event.interval.count() != 0) out.add("interval", event.interval.count());
    if (event.lifetime.count() != 0) out.add("lifetime", event.lifetime.count());
    if (side == trace_side::server) return out.finish();
    out.add("next", to_string(event.next));
    if (event.wait.count() != 0) out.add("wait_ns", event.wait.count());
    const bool waits = event.next == next_step::wait || event.next == next_step::expire;
    if (waits || event.reason != wait_reason::interval) out.add("reason", to_string(event.reason));
    if (event.stop != stop_reason::none) out.add("stop", to_string(event.stop));
    return out.finish();
}

trace_event trace_event_from_json(const std::string& line) {
    const auto object = json::parse(line);
    if (!object || object->kind() != json::type::object) throw trace_error{"the line must be a JSON object"};
    const object_reader read{*object};
    const auto seconds = [&](std::string_view name) {
        return std::chrono::seconds{read.number(name, 0, 1'000'000'000)};
    };

    trace_event out;
    out.exchange = read_exchange(read);
    out.on_kept_connection = read.flag("on_kept_connection");
    out.result = read.required_word<exchange_result>("result");
    if (read.has("took_ns")) out.took = duration{read.number("took_ns", 0, any)};
    if (read.has("bytes")) out.bytes = static_cast<std::size_t>(read.number("bytes", 0, any));
    out.retry_after = seconds("retry_after");
    out.interval = seconds("interval");
    out.lifetime = seconds("lifetime");
    out.next = read.word("next", next_step::send);
    out.wait = duration{read.number("wait_ns", 0, any)};
    out.reason = read.word("reason", wait_reason::interval);
    out.stop = read.word("stop", stop_reason::none);
    return out;
}

}  // namespace lark::registration
