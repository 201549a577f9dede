// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake/sandbox.hpp>
#include <lark/http.hpp>

#include <Poco/Net/StreamSocket.h>
#include <Poco/URI.h>

#include <filesystem>
#include <memory>
#include <string>

/// Talking to a sandbox by hand.
namespace lark::fake_test {

/// `127.0.0.1:1234`
[[nodiscard]] std::string authority(const std::string& url);

/// A POST of a form to the registration endpoint of the Feishu host, or of the one given.
[[nodiscard]] std::string post_form(const fake::sandbox& s, const std::string& form);
[[nodiscard]] std::string post_form_to(const std::string& url, const std::string& form);

/// One connection. Waits are bounded by 5 seconds, then Poco's exceptions come.
class talker {
public:
    explicit talker(const std::string& url);
    /// Over TLS, trusting `ca_file`; the server must be `name`.
    talker(const std::string& url, const std::filesystem::path& ca_file, const std::string& name = "127.0.0.1");

    void say(const std::string& text);
    /// The next reply.
    [[nodiscard]] http_response hear();
    [[nodiscard]] http_response ask(const std::string& text);
    /// All bytes up to the end of the connection, however it ends.
    [[nodiscard]] std::string hear_all();
    /// True if data has arrived.
    [[nodiscard]] bool says_anything();

private:
    std::unique_ptr<Poco::Net::StreamSocket> socket_;
    std::string heard_;
};

/// A certificate for loopback that signs itself, and its key, in files that the destructor removes.
struct pem_files {
    std::filesystem::path directory;
    std::filesystem::path certificate;
    std::filesystem::path key;
    pem_files();
    pem_files(const pem_files&) = delete;
    pem_files& operator=(const pem_files&) = delete;
    ~pem_files();
};

}  // namespace lark::fake_test
