#include "open_platform/reply.hpp"

#include "base/json_text.hpp"

#include <Poco/JSON/Handler.h>
#include <Poco/JSON/JSONException.h>
#include <Poco/JSON/Parser.h>
#include <Poco/SharedPtr.h>

#include <utility>

namespace lark::open_platform::detail {
namespace {

using std::chrono::seconds;

constexpr double longest_lifetime = 24 * 3600;

enum class field { none, code, token, expire };

field field_of(std::string_view key) noexcept {
    if (key == "code") return field::code;
    if (key == "tenant_access_token") return field::token;
    if (key == "expire") return field::expire;
    return field::none;
}

class reader final : public Poco::JSON::Handler {
public:
    [[nodiscard]] bool is_object() const noexcept { return is_object_; }
    [[nodiscard]] token_fields take() { return std::move(fields_); }

    void reset() override {
        fields_ = {};
        depth_ = 0;
        field_ = field::none;
        is_object_ = false;
    }
    void startObject() override {
        if (depth_++ == 0) is_object_ = true;
    }
    void endObject() override { --depth_; }
    void startArray() override { ++depth_; }
    void endArray() override { --depth_; }
    void key(const std::string& k) override {
        if (depth_ != 1) return;
        field_ = field_of(k);
        clear();
    }
    void null() override {}
    void value(int v) override { integer(v); }
    void value(unsigned v) override { integer(v); }
    void value(Poco::Int64 v) override { integer(v); }
    void value(Poco::UInt64 v) override { number(static_cast<double>(v)); }
    void value(double v) override { number(v); }
    void value(bool) override {}
    void value(const std::string& text) override {
        if (at_field() && field_ == field::token) fields_.token = secret{text};
    }

private:
    [[nodiscard]] bool at_field() const noexcept { return is_object_ && depth_ == 1; }

    void integer(std::int64_t v) {
        if (at_field() && field_ == field::code) fields_.code = v;
        number(static_cast<double>(v));
    }

    void number(double v) {
        if (!at_field() || field_ != field::expire || !(v > 0)) return;
        fields_.lifetime = seconds{static_cast<seconds::rep>(v < longest_lifetime ? v : longest_lifetime)};
    }

    /// A key came (again): what an earlier one of the same name said no longer counts.
    void clear() {
        switch (field_) {
        case field::code: fields_.code.reset(); break;
        case field::token: fields_.token = secret{}; break;
        case field::expire: fields_.lifetime = seconds{0}; break;
        case field::none: break;
        }
    }

    token_fields fields_;
    std::size_t depth_ = 0;
    field field_ = field::none;
    bool is_object_ = false;
};

}  // namespace

std::optional<token_fields> read_token_fields(const std::string& body) {
    std::string scratch;
    const std::string* text = base::fit_for_parser(body, scratch);
    if (text == nullptr) return std::nullopt;

    Poco::SharedPtr<reader> handler{new reader};
    Poco::JSON::Parser parser{handler};
    parser.setDepth(base::json_depth_cap);
    try {
        parser.parse(*text);
    } catch (const Poco::Exception&) {
        return std::nullopt;  // no JSON; Poco's text quotes the body, so it goes no further
    }
    if (!handler->is_object()) return std::nullopt;
    return handler->take();
}

}  // namespace lark::open_platform::detail
