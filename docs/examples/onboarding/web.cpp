// SPDX-License-Identifier: MIT
// The service that users see: `onboarding-web PORT [DOMAIN LARK_DOMAIN [CA_FILE]]`, on loopback. It begins
// registrations and shows them; workers carry them on. It has no login: a page is protected by its address alone. A
// real one asks who you are.
#include "../arguments.hpp"
#include "page.hpp"
#include "table.hpp"
#include "waiting.hpp"

#include <lark/poco.hpp>

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>

#include <iostream>
#include <stdexcept>
#include <string>

namespace {

using Poco::Net::HTTPResponse;

struct site {
    const arguments& args;
    const seal& sealed;
    lark::poco::http_client& client;
};

class handler : public Poco::Net::HTTPRequestHandler {
public:
    explicit handler(const site& s) : site_(s) {}

    void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
        response.setContentType("text/html; charset=utf-8");
        response.set("Cache-Control", "no-store");
        response.set("Referrer-Policy", "no-referrer");  // the address is the user's own
        response.set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'");
        std::string body;
        try {
            body = answer(request.getMethod(), request.getURI(), response);
        } catch (const std::exception& e) {
            std::cerr << std::string{e.what()} + '\n';
            response.setStatusAndReason(HTTPResponse::HTTP_SERVICE_UNAVAILABLE);
            body = "Please try again later.\n";
        }
        response.sendBuffer(body.data(), body.size());
    }

private:
    std::string answer(const std::string& method, const std::string& path, HTTPResponse& response) {
        const std::string entries = "/registrations";
        table rows{site_.sealed, [] { return false; }};  // the user can try again
        if (method == "GET" && path == "/") return start_page();
        if (method == "POST" && path == entries) {
            // The link is not shown before the row is committed: if this process ends, nothing is lost.
            const auto begun = lark::injected::begin_registration(site_.args.options, site_.client);
            const auto id = random_id();
            rows.insert(id, begun.snapshot);
            response.setStatusAndReason(HTTPResponse::HTTP_SEE_OTHER);
            response.set("Location", entries + "/" + id);
            return "";
        }
        if (method == "GET" && path.starts_with(entries + "/"))
            if (const auto entry = rows.find(path.substr(entries.size() + 1))) return entry_page(*entry);
        response.setStatusAndReason(HTTPResponse::HTTP_NOT_FOUND);
        return "There is no such page.\n";
    }

    site site_;
};

class factory : public Poco::Net::HTTPRequestHandlerFactory {
public:
    explicit factory(const site& s) : site_(s) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
        return new handler{site_};  // Poco deletes it
    }

private:
    site site_;
};

}  // namespace

int main(int argc, char** argv) try {
    const end_signals signals;
    const arguments args{argc - 1, argv + 1};
    const seal sealed;
    lark::poco::http_client client{{.ca_file = args.ca_file}};
    const Poco::Net::ServerSocket socket{Poco::Net::SocketAddress{"127.0.0.1", argc > 1 ? std::string{argv[1]} : "0"}};
    Poco::Net::HTTPServer server{new factory{{args, sealed, client}}, socket, new Poco::Net::HTTPServerParams};
    server.start();
    std::cout << "http://" << socket.address().toString() << std::endl;
    signals.wait();
    server.stopAll();
} catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
