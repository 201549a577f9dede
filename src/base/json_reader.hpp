// SPDX-License-Identifier: MIT
#pragma once

#include <Poco/JSON/Handler.h>
#include <Poco/SharedPtr.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace lark::base {

/// Reads JSON while it is parsed: Poco's events, reduced to the few that differ, with the facts that every reader needs
/// of them. Derived classes keep what they want of the events; `read_json` feeds them.
class json_reader : public Poco::JSON::Handler {
public:
    /// The text is an object, not an array or a value alone. Known from the first event on.
    [[nodiscard]] bool is_object() const noexcept { return is_object_; }

protected:
    /// How many arrays and objects are open around what comes: 0 for the outermost, 1 for what is in that.
    [[nodiscard]] std::size_t depth() const noexcept { return depth_; }

private:
    virtual void on_object() = 0;  ///< begins; `depth()` is still that of what is around it
    virtual void on_array() = 0;   ///< begins; `depth()` as in `on_object`
    virtual void on_end() = 0;     ///< of an object or array; `depth()` is again that of what is around it
    virtual void on_key(const std::string& key) = 0;
    virtual void on_string(const std::string& text) = 0;
    virtual void on_integer(std::int64_t number) = 0;
    virtual void on_unsigned(std::uint64_t number) = 0;  ///< over the range of `on_integer`
    virtual void on_double(double number) = 0;
    virtual void on_boolean(bool value) = 0;
    virtual void on_null() = 0;

    void reset() final {}  // a reader reads one text
    void startObject() final;
    void endObject() final;
    void startArray() final;
    void endArray() final;
    void key(const std::string& k) final { on_key(k); }
    void null() final { on_null(); }
    void value(int v) final { on_integer(v); }
    void value(unsigned v) final { on_integer(v); }
    void value(Poco::Int64 v) final { on_integer(v); }
    void value(Poco::UInt64 v) final { on_unsigned(v); }
    void value(double v) final { on_double(v); }
    void value(bool v) final { on_boolean(v); }
    void value(const std::string& v) final { on_string(v); }

    std::size_t depth_ = 0;
    bool is_object_ = false;
};

/// Feeds the text to `reader`; false if it is not JSON (a NUL byte or nesting over `json_depth_cap` included), and
/// what the reader holds is worth nothing then. What Poco's parser refuses without need is read as `sanitise_for_poco`
/// says. Throws what the reader throws, and `std::bad_alloc`.
[[nodiscard]] bool read_json(const std::string& text, const Poco::SharedPtr<json_reader>& reader);

}  // namespace lark::base
