//! The list of the rules: the one place that names them. The tests, the table, the guide's page and the proof that
//! each rule can fail are made of it or held against it.

/// Gives the whole list to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __transport_rules {
    ($emit:ident) => {
        $emit! {
            any_status_is_an_answer {
                demands:
                    "An answer of any status is `Ok`, with its status and its body: 404, 429 and 503 as "
                    "well as 200.",
                why:
                    "What a status means is the client's to decide. A transport that makes an error of a "
                    "429 hides how long to wait, and one that does so with a 404 hides that a user does "
                    "not exist.",
                mend:
                    "Turn off the option of your HTTP stack that makes errors of statuses "
                    "(`error_for_status`, `http_status_as_error`), and whatever answers a 401 or a 407 by "
                    "itself. A 204 and a 304 have no body: do not wait for one.",
            }
            redirects_are_not_followed {
                demands: "A redirect is an answer like any other. Nothing is sent to the place that it names.",
                why:
                    "The request carries a token. Following a redirect would give it to whoever can "
                    "answer with one, and the answer of the other place would pass for the service's.",
                mend: "Set the redirect policy of your HTTP stack to none; many follow ten by default.",
            }
            bodies_come_byte_for_byte {
                demands:
                    "The body of an answer is given back as it was sent: no JSON, no UTF-8, empty, a "
                    "megabyte, in one piece, in chunks, or up to the end of the connection.",
                why:
                    "The client decodes, and files of exports are no JSON. What a transport changes on "
                    "the way nobody can bring back.",
                mend:
                    "Read bytes and never a string, do not look at `content-type`, and read until the end "
                    "of the body rather than its first piece.",
            }
            repeated_headers_stay_repeated {
                demands:
                    "A header that is there more than once stays so, with its values in their order, in "
                    "requests as well as in answers. Empty ones count.",
                why: "`set-cookie` cannot be joined at all, and joining others changes what they say.",
                mend:
                    "Use `append` where you copy headers, not `insert`, and `get_all` or an iterator "
                    "rather than `get`; a map from names to values keeps the last one only.",
            }
            header_values_need_not_be_text {
                demands: "The value of a header is bytes: those that are no ASCII go and come as they are.",
                why:
                    "Proxies write names of places and people into headers. An answer must not fail for a "
                    "header that nobody reads.",
                mend:
                    "Copy values with `as_bytes` and `HeaderValue::from_bytes`. `to_str` fails for "
                    "everything but ASCII, and `from_utf8_lossy` changes it.",
            }
            methods_and_bodies_go_as_they_are {
                demands:
                    "Every request arrives with its method and exactly its body: none, JSON with its "
                    "white space, any bytes, a megabyte.",
                why:
                    "The service checks signatures and limits against what arrives; and a `PATCH` that "
                    "becomes a `POST` is another operation.",
                mend:
                    "Send the body's bytes and let the HTTP stack count them. Do not parse it, and send "
                    "it with `DELETE` as well.",
            }
            the_target_goes_as_it_is {
                demands:
                    "Path and query arrive as they stand in the request: `%2F`, `%20`, `+` and `%2f` "
                    "unchanged, nothing encoded twice, 8 KiB of query.",
                why:
                    "A user's id may hold a slash. Whoever decodes `%2F` on the way asks for another "
                    "user, or for another endpoint.",
                mend:
                    "Hand the URI on as text. If your HTTP stack has a type of its own for URLs, parse "
                    "the whole text with it; never take a path apart and put it together again.",
            }
            headers_go_as_they_are {
                demands:
                    "Every header of the request arrives once, with its value: the token without a word "
                    "before it, an own `user-agent`, empty ones, 8 KiB.",
                why:
                    "The token is no `Bearer` token, and the service refuses one that is changed. "
                    "`if-match` keeps a download from mixing two files.",
                mend:
                    "Set the request's headers after those that your HTTP stack brings along, and let "
                    "them replace those. Build no credentials.",
            }
            nothing_is_added {
                demands:
                    "What arrives has no other headers than the request's and those that HTTP itself "
                    "needs: no `cookie`, no `referer`, no `origin`, no `content-type` of its own. A "
                    "request without a body is not sent in chunks.",
                why:
                    "The client has said all that the service is to know. What is added may be wrong, and "
                    "may tell others what they need not know.",
                mend:
                    "Turn off default headers, the cookie store and the referer of your HTTP stack; do "
                    "not let it guess a content type. Tell it how long the body is, also where there is "
                    "none.",
            }
            nothing_is_remembered {
                demands:
                    "An answer changes nothing about later requests: no cookie is sent back, no "
                    "credential is kept, no answer is taken from a cache.",
                why:
                    "One transport serves many users at once. What it remembers of one of them reaches "
                    "another.",
                mend:
                    "Turn off the cookie store and the cache of your HTTP stack. A cache is a wrapper "
                    "that an application adds on purpose.",
            }
            each_request_is_sent_once {
                demands:
                    "One call sends one request, whatever comes of it: a refusal that says to try again, "
                    "or a connection that ends, also one that was kept open from an earlier call.",
                why:
                    "The client decides what is sent again, by whether it may be. What a transport "
                    "repeats is done twice, and the client's budget does not know of it.",
                mend:
                    "Turn off the retries of your HTTP stack, and those of its pool for connections that "
                    "were closed.",
            }
            a_refused_connection_is_connect {
                demands: "Where no connection can be made, the error is of kind `Connect`.",
                why:
                    "It promises that the request never left, so that the client may send any request "
                    "again. With another kind, calls fail for good whenever the service is restarted.",
                mend:
                    "Find out how your HTTP stack tells that the connection was not made (`is_connect`, "
                    "`ConnectionRefused` among the sources) and look at that first.",
            }
            a_cut_before_the_answer_is_interrupted {
                demands:
                    "A connection that ends before the answer, or in the middle of its head, is an error "
                    "of kind `Interrupted`.",
                why:
                    "The request may have been applied. With `Connect` the client would send it again "
                    "although it must not.",
                mend:
                    "Use `Interrupted` for everything that happens after the first byte was written, and "
                    "wherever you cannot tell.",
            }
            a_cut_body_is_interrupted {
                demands:
                    "A body that is shorter than its `content-length` is an error of kind `Interrupted`, "
                    "and never an answer.",
                why:
                    "Half of a list of users is a list of users. Whoever compares it with their own "
                    "deletes the other half.",
                mend:
                    "Read the body to its end and pass on the error that comes there. If your HTTP stack "
                    "ends such a body without an error, compare the lengths yourself.",
            }
            a_cut_chunked_body_is_interrupted {
                demands:
                    "A body in chunks that lacks its last chunk is an error of kind `Interrupted`, and "
                    "never an answer.",
                why:
                    "As with a length: what is cut must not pass for the whole. Here the last chunk alone "
                    "tells.",
                mend: "Pass on the error of reading the body; it is not the end of the stream.",
            }
            what_is_no_http_is_an_error {
                demands:
                    "Bytes that are no HTTP are an error of kind `Interrupted`; nothing panics, and the "
                    "next call works.",
                why:
                    "Something else than the service listens there, or a proxy is broken. The request may "
                    "have been applied all the same.",
                mend:
                    "Do not unwrap what you parse of an answer, and close a connection that such an "
                    "answer came from.",
            }
            silence_is_waited_for {
                demands:
                    "As long as the connection is open and the transport's own timeout is not over, the "
                    "call waits.",
                why:
                    "The client has timeouts for a call and for each attempt, which users set. A shorter "
                    "one that nobody knows of fails calls that would have succeeded.",
                mend:
                    "Remove or raise what gives up by itself: the default timeouts of your HTTP stack for "
                    "reading, for the answer, for a connection from the pool. The rule waits for a moment "
                    "only: look up those of seconds yourself.",
            }
            its_own_timeout_is_timeout {
                demands:
                    "Where the transport has a timeout of its own, a call that takes longer is an error "
                    "of kind `Timeout`: before the answer, in its head and in its body.",
                why:
                    "The request may have been applied, and whether it is sent again depends on the "
                    "operation.",
                mend:
                    "Map the timeout of your HTTP stack before its other errors. While connecting it is "
                    "`Connect`: nothing has left. A transport without a timeout names this rule as one "
                    "that does not apply.",
            }
            a_request_without_a_host_is_request {
                demands:
                    "A request that cannot be sent, such as one whose URI has no host, is an error of "
                    "kind `Request`, and nothing leaves.",
                why:
                    "It tells the application that sending it again cannot help. A panic would end more "
                    "than the call.",
                mend:
                    "Check scheme and authority of the URI before you hand the request on, and unwrap "
                    "nothing where you convert it.",
            }
            an_answer_of_the_limits_size_is_taken {
                demands: "An answer whose body has exactly as many bytes as the limit is `Ok`.",
                why: "The limit is the largest answer that is taken; the application chose it.",
                mend:
                    "Compare with `>` rather than `>=`, or let your reader take one byte more than the "
                    "limit to see whether there is one.",
            }
            a_larger_answer_is_too_large {
                demands:
                    "An answer with one byte more than the limit is an error of kind `TooLarge`, whether "
                    "its length is announced or not. It is never cut short, and its rest is not waited "
                    "for.",
                why:
                    "Without a limit an answer may take all memory; and one that is cut short is a wrong "
                    "answer.",
                mend:
                    "Count what you read, piece by piece, and stop at the first byte too many. "
                    "`content-length` alone is no limit: answers in chunks have none.",
            }
            the_limit_counts_decoded_bytes {
                demands: "If the transport undoes a content encoding, the limit counts what it unpacks to.",
                why: "Some kilobytes of gzip unpack to gigabytes.",
                mend: "Count behind the decoder and not before it.",
            }
            an_encoding_that_was_asked_for_is_undone {
                demands:
                    "If the transport asks for gzip by itself, it unpacks it, takes `content-encoding` "
                    "and `content-length` out of the answer, and makes an error of kind `Interrupted` of "
                    "gzip that is cut.",
                why:
                    "The client decodes JSON and knows of no encodings; headers that stay would describe "
                    "another body.",
                mend:
                    "Turn on the decoder of your HTTP stack together with its `accept-encoding`, or turn "
                    "off both.",
            }
            an_encoding_that_was_not_asked_for_stays {
                demands:
                    "A body in an encoding that the transport did not ask for by itself is given back as "
                    "it came, with its `content-encoding`. What the caller's own `accept-encoding` asks "
                    "for is the caller's to undo.",
                why:
                    "Whoever asked expects it packed: files of exports are read in ranges of the packed "
                    "bytes.",
                mend:
                    "Decode only where you have set `accept-encoding` yourself; turn off the decoders for "
                    "encodings that you do not ask for.",
            }
            a_dropped_call_leaves_the_next_one_working {
                demands:
                    "A call may be dropped at any point: before it is polled, while nothing has come, in "
                    "the middle of an answer, and many of them at once. The next call works.",
                why: "The client's timeouts drop calls, and so do applications that stop waiting.",
                mend:
                    "Give back what a call holds (a permit, a connection, a place in a table) when it is "
                    "dropped. A connection with half an answer on it must not go back to the pool.",
            }
            many_calls_are_under_way_at_once {
                demands: "64 calls are sent before any of them is answered.",
                why:
                    "The client limits how many calls there are at once, by what users set. A transport "
                    "that lets one wait for another turns a slow call into many.",
                mend:
                    "Hold no lock over an `await`, block no thread of the runtime, and raise the number "
                    "of connections or threads that you allow for one host.",
            }
            answers_belong_to_their_requests {
                demands:
                    "Of many calls at once each one has its own answer, also over connections that were "
                    "used before.",
                why: "Whoever mixes them up shows one user's data to another.",
                mend:
                    "Do not share what belongs to one call: a buffer, a connection that still has an "
                    "answer on its way.",
            }
            errors_name_no_secret {
                demands:
                    "No error shows the api key, the token, the path or the body: not in its text, not in "
                    "its `Debug`, and in none of its sources.",
                why: "Errors are logged. The URL's query holds the api key, and a header the token.",
                mend:
                    "Take the URL out of your HTTP stack's error (`without_url`) before it becomes a "
                    "source, or keep its kind and drop the rest. Put no request into an error.",
            }
            the_transports_debug_names_no_secret {
                demands:
                    "The `Debug` of the transport shows nothing of a request, before, during and after a "
                    "call.",
                why: "Clients are logged with what they hold.",
                mend: "Write `Debug` by hand, with the settings in it and nothing else.",
            }
        }
    };
}
