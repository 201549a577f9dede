// SPDX-License-Identifier: MIT
#include <lark/json.hpp>

#include "base/json_reader.hpp"
#include "base/json_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <variant>
#include <vector>

namespace lark {

struct json::node {
    struct array {
        std::vector<node> items;
    };
    struct object {
        std::vector<std::string> keys;
        std::vector<node> items;
    };
    std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, array, object> value = nullptr;

    [[nodiscard]] const std::vector<node>* items() const noexcept {
        if (const auto* a = std::get_if<array>(&value)) return &a->items;
        if (const auto* o = std::get_if<object>(&value)) return &o->items;
        return nullptr;
    }
    [[nodiscard]] std::vector<node>& items() noexcept {
        auto* a = std::get_if<array>(&value);
        return a != nullptr ? a->items : std::get<object>(value).items;
    }
};

/// Builds the tree while Poco reads the text. The open arrays and objects stand in a stack; each is the last item of
/// the one before it, which does not grow until then, so that the pointers hold.
class json::builder final : public base::json_reader {
public:
    [[nodiscard]] std::shared_ptr<const node> take() { return complete_ ? std::move(root_) : nullptr; }

private:
    void on_object() override { open(node::object{}); }
    void on_array() override { open(node::array{}); }
    void on_end() override {
        open_.pop_back();
        complete_ = open_.empty();
    }
    void on_key(const std::string& key) override { std::get<node::object>(open_.back()->value).keys.push_back(key); }
    void on_null() override { add(nullptr); }
    void on_integer(std::int64_t v) override {
        // Poco's parser reads a negative number as a double first: from this on it may have been another one.
        constexpr std::int64_t in_doubt = -(std::int64_t{1} << 53);
        if (v <= in_doubt) add(static_cast<double>(v));
        else add(v);
    }
    void on_unsigned(std::uint64_t v) override { add(v); }
    void on_double(double v) override { add(v); }
    void on_boolean(bool v) override { add(v); }
    void on_string(const std::string& v) override { add(v); }

    template <class Value>
    node& add(Value&& v) {
        node& target = open_.empty() ? *root_ : open_.back()->items().emplace_back();
        target.value = std::forward<Value>(v);
        return target;
    }

    template <class Container>
    void open(Container empty) {
        node& target = add(std::move(empty));
        open_.push_back(&target);
    }

    std::shared_ptr<node> root_ = std::make_shared<node>();
    std::vector<node*> open_;
    bool complete_ = false;
};

json::json(std::shared_ptr<const node> n) noexcept : node_(std::move(n)) {}

json json::child(const node& n) const noexcept { return json{std::shared_ptr<const node>{node_, &n}}; }

std::optional<json> json::parse(const std::string& text) {
    Poco::SharedPtr<builder> handler{new builder};
    if (!base::read_json(text, handler)) return std::nullopt;
    auto root = handler->take();
    if (!root) return std::nullopt;
    return json{std::move(root)};
}

json::type json::kind() const noexcept {
    if (!node_) return type::absent;
    // In the order of the variant.
    static constexpr std::array kinds{type::null,   type::boolean, type::number, type::number,
                                      type::number, type::string,  type::array,  type::object};
    static_assert(kinds.size() == std::variant_size_v<decltype(node_->value)>);
    return kinds[node_->value.index()];
}

json json::operator[](std::string_view key) const noexcept {
    const auto* object = node_ ? std::get_if<node::object>(&node_->value) : nullptr;
    if (object == nullptr) return {};
    for (std::size_t i = object->keys.size(); i-- > 0;)
        if (object->keys[i] == key) return child(object->items[i]);
    return {};
}

json json::operator[](std::size_t index) const noexcept {
    const auto* items = node_ ? node_->items() : nullptr;
    return items != nullptr && index < items->size() ? child((*items)[index]) : json{};
}

std::size_t json::size() const noexcept {
    const auto* items = node_ ? node_->items() : nullptr;
    return items != nullptr ? items->size() : 0;
}

std::string_view json::key(std::size_t index) const noexcept {
    const auto* object = node_ ? std::get_if<node::object>(&node_->value) : nullptr;
    return object != nullptr && index < object->keys.size() ? std::string_view{object->keys[index]}
                                                            : std::string_view{};
}

std::optional<std::string> json::as_string() const {
    const auto* text = node_ ? std::get_if<std::string>(&node_->value) : nullptr;
    return text != nullptr ? std::optional{*text} : std::nullopt;
}

std::optional<std::int64_t> json::as_integer() const noexcept {
    const auto* number = node_ ? std::get_if<std::int64_t>(&node_->value) : nullptr;
    return number != nullptr ? std::optional{*number} : std::nullopt;
}

std::optional<double> json::as_number() const noexcept {
    if (!node_) return std::nullopt;
    if (const auto* n = std::get_if<double>(&node_->value)) return *n;
    if (const auto* n = std::get_if<std::int64_t>(&node_->value)) return static_cast<double>(*n);
    if (const auto* n = std::get_if<std::uint64_t>(&node_->value)) return static_cast<double>(*n);
    return std::nullopt;
}

std::optional<bool> json::as_boolean() const noexcept {
    const auto* flag = node_ ? std::get_if<bool>(&node_->value) : nullptr;
    return flag != nullptr ? std::optional{*flag} : std::nullopt;
}

std::string json::quote(std::string_view text) {
    std::string out;
    base::append_quoted(out, text);
    return out;
}

namespace {

template <class Number>
void write_number(Number v, std::string& out) {
    std::array<char, 32> digits{};  // the longest double takes 24
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), v).ptr;
    out.append(digits.data(), end);
}

/// With a fraction where an integer would be read as another type, or as another zero.
void write_double(double v, std::string& out) {
    constexpr double exact = 9007199254740992.0;  // 2⁵³
    const auto begin = out.size();
    write_number(v, out);
    const bool as_double = std::abs(v) >= exact || (v == 0 && std::signbit(v));
    if (as_double && out.find_first_of(".e", begin) == std::string::npos) out += ".0";
}

}  // namespace

void json::write(const node& n, std::string& out) {
    struct writer {
        std::string& out;
        void operator()(std::nullptr_t) const { out += "null"; }
        void operator()(bool v) const { out += v ? "true" : "false"; }
        void operator()(std::int64_t v) const { write_number(v, out); }
        void operator()(std::uint64_t v) const { write_number(v, out); }
        void operator()(double v) const { write_double(v, out); }
        void operator()(const std::string& v) const { base::append_quoted(out, v); }
        void operator()(const node::array& v) const {
            out += '[';
            for (std::size_t i = 0; i < v.items.size(); ++i) {
                if (i > 0) out += ',';
                write(v.items[i], out);
            }
            out += ']';
        }
        void operator()(const node::object& v) const {
            out += '{';
            for (std::size_t i = 0; i < v.items.size(); ++i) {
                if (i > 0) out += ',';
                base::append_quoted(out, v.keys[i]);
                out += ':';
                write(v.items[i], out);
            }
            out += '}';
        }
    };
    std::visit(writer{out}, n.value);
}

std::string json::text() const {
    std::string out;
    if (node_) write(*node_, out);
    return out;
}

}  // namespace lark
