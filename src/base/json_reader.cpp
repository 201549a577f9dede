// SPDX-License-Identifier: MIT
#include "base/json_reader.hpp"

#include "base/json_text.hpp"

#include <Poco/JSON/Parser.h>

namespace lark::base {

void json_reader::startObject() {
    if (depth_ == 0) is_object_ = true;
    on_object();
    ++depth_;
}

void json_reader::startArray() {
    on_array();
    ++depth_;
}

void json_reader::endObject() {
    --depth_;
    on_end();
}

void json_reader::endArray() {
    --depth_;
    on_end();
}

bool read_json(const std::string& text, const Poco::SharedPtr<json_reader>& reader) {
    std::string scratch;
    const std::string* fit = sanitise_for_poco(text, scratch);
    if (fit == nullptr) return false;
    Poco::JSON::Parser parser{reader};
    parser.setDepth(json_depth_cap);
    try {
        parser.parse(*fit);
    } catch (const Poco::Exception&) {
        return false;  // not JSON; Poco's text quotes it, so it is dropped
    }
    return true;
}

}  // namespace lark::base
