// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>

#include <curl/curl.h>

#include <memory>
#include <string>

/// One request on a libcurl handle, and what came of it; shared by the two libcurl examples.
class curl_exchange {
public:
    static constexpr std::size_t body_cap = 256 * 1024;

    /// Sets `handle` up for `request`. Both must outlive the transfer, and this object must not move during it.
    void begin(CURL* handle, const lark::http_request& request, const std::string& ca_file) {
        reply_ = {};
        request_ = request;
        headers_.reset();
        for (const auto& h : request_.headers)
            headers_.reset(curl_slist_append(headers_.release(), (h.name + ": " + h.value).c_str()));
        curl_easy_reset(handle);  // keeps connections and TLS sessions
        curl_easy_setopt(handle, CURLOPT_URL, request_.url.c_str());
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_.get());
        if (request_.method != "GET") {
            curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
            curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
            curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request_.body.c_str());
        }
        curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));  // or newer
        curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);  // redirects are never followed
        curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count()));
        curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
        curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
        if (!ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, ca_file.c_str());
        curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &curl_exchange::write);
        curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
        curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &curl_exchange::header);
    }

    /// The result for the core: a whole reply with any status, or the kind of failure.
    lark::http_result end(CURL* handle, CURLcode result) {
        if (result != CURLE_OK) return lark::transport_failure{kind_of(result), curl_easy_strerror(result)};
        long status = 0;
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
        reply_.status = static_cast<int>(status);
        return std::move(reply_);
    }

private:
    static lark::transport_failure_kind kind_of(CURLcode code) {
        using kind = lark::transport_failure_kind;
        switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST: return kind::name_temporary;  // libcurl does not tell "unknown" from "not now"
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_PROXY: return kind::proxy;
        case CURLE_COULDNT_CONNECT: return kind::connect;
        case CURLE_OPERATION_TIMEDOUT: return kind::timeout;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE: return kind::certificate;
        case CURLE_SSL_CONNECT_ERROR: return kind::tls;
        case CURLE_WRITE_ERROR: return kind::too_large;  // `write` below refused
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL: return kind::protocol;
        default: return kind::cut;
        }
    }

    static std::size_t write(char* data, std::size_t, std::size_t size, void* self) {
        auto& body = static_cast<curl_exchange*>(self)->reply_.body;
        if (body.size() + size > body_cap) return 0;
        body.append(data, size);
        return size;
    }

    static std::size_t header(char* data, std::size_t, std::size_t size, void* self) {
        const std::string line{data, size};
        auto& headers = static_cast<curl_exchange*>(self)->reply_.headers;
        if (line.rfind("HTTP/", 0) == 0) headers.clear();  // an interim reply came before
        const auto colon = line.find(':');
        const auto end = line.find_last_not_of("\r\n");
        if (colon == std::string::npos || end == std::string::npos) return size;
        const auto value = line.find_first_not_of(" \t", colon + 1);
        headers.push_back({line.substr(0, colon), value <= end ? line.substr(value, end - value + 1) : ""});
        return size;
    }

    struct free_list {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };

    lark::http_request request_;
    lark::http_response reply_;
    std::unique_ptr<curl_slist, free_list> headers_;
};
