// SPDX-License-Identifier: MIT
#include "base/json_reader.hpp"

#include "base/json_text.hpp"

#include <Poco/JSON/JSONException.h>
#include <Poco/JSON/Parser.h>

#include <cmath>
#include <limits>

namespace lark::base {
namespace {

bool feed(const std::string& text, const Poco::JSON::Handler::Ptr& reader) {
    Poco::JSON::Parser parser{reader};
    parser.setDepth(json_depth_cap);
    try {
        parser.parse(text);
    } catch (const Poco::Exception&) {
        return false;  // not JSON; Poco's text quotes it, so it is dropped
    }
    return true;
}

}  // namespace

void json_reader::reset() {
    depth_ = 0;
    is_object_ = is_doubtful_ = false;
    on_reset();
}

void json_reader::startObject() {
    if (depth_ == 0) is_object_ = true;
    on_object();
    descend();
}

void json_reader::startArray() {
    on_array();
    descend();
}

void json_reader::descend() {
    if (++depth_ > json_depth_cap) throw Poco::JSON::JSONException{"nested too deep"};
}

void json_reader::endObject() {
    --depth_;
    on_end();
}

void json_reader::endArray() {
    --depth_;
    on_end();
}

void json_reader::value(Poco::Int64 v) {
    if (v == std::numeric_limits<Poco::Int64>::min()) is_doubtful_ = true;  // Poco reads what is lower as this
    on_integer(v);
}

void json_reader::value(Poco::UInt64 v) {
    is_doubtful_ = true;  // 2⁶⁴ comes as 0
    on_unsigned(v);
}

void json_reader::value(double v) {
    if (!std::isnormal(v)) is_doubtful_ = true;  // 1e-400 comes as 0
    on_double(v);
}

bool read_json(const std::string& text, Poco::SharedPtr<json_reader> reader) {
    // Nearly all replies are plain, and are read as they are. A change that the rest needs is found only by going through
    // it once more, which takes a quarter of the time of the parse.
    if (is_plain(text) && feed(text, reader) && !reader->is_doubtful()) return true;
    reader->reset();
    std::string scratch;
    const std::string* fit = sanitise_for_poco(text, scratch);
    return fit != nullptr && feed(*fit, reader);
}

}  // namespace lark::base
