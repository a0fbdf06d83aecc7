//! The rules of a `UsersApi` in words, once for all that is made of them: the table, the tests and the guide's page.

/// Gives the list of the rules to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __users_api_rules {
    ($emit:ident) => {
        $emit! {
            every_operation_is_there {
                demands:
                    "Every operation of the trait answers, and so does `read_export`: none fails with an "
                    "error of kind `Unimplemented`.",
                why:
                    "The trait has a body for every method, so that what forgets one compiles and then lacks "
                    "it.",
                mend:
                    "Implement the method that is named; a decorator says in `UsersApi::inner` where what it "
                    "does not write goes. What is left out on purpose stands in `Options::without`.",
            }
            errors_name_the_operation {
                demands:
                    "An error says in `Error::operation` which operation failed, by the name of the "
                    "method.",
                why:
                    "Logs and metrics go by it, and one error type serves all operations.",
                mend:
                    "Pass errors on as they are; give those of your own a name with "
                    "`Error::builder(..).operation(..)`.",
            }
            errors_show_no_secret {
                demands:
                    "Neither an error nor the implementation's `Debug` shows a token, an API key in a "
                    "URL, the URL of an export, or a text that `Options::secret` names.",
                why:
                    "Errors are logged. Whoever has an export's URL can read the file; whoever has a "
                    "token can act.",
                mend:
                    "Leave URLs, headers and answers out of error texts, and write `Debug` by hand where "
                    "a field is secret.",
            }
            hostile_ids_are_refused {
                demands:
                    "An id that is empty, `.`, `..` or longer than 255 characters is refused with an "
                    "error of kind `Invalid` that has a violation, in every operation that takes an id.",
                why:
                    "In a URL, `..` names another place: a call that deactivates one user would become "
                    "another operation. No such user can exist.",
                mend:
                    "Ask the request itself: `Validate::validate` adds what is wrong, and "
                    "`ErrorBuilder::violations` takes it.",
            }
            batches_that_are_too_large_are_refused_whole {
                demands:
                    "A batch above the limit of its operation (100; 25 for exports) is refused with an "
                    "error of kind `Invalid` whose violation names the field, and nothing of it is "
                    "applied.",
                why:
                    "The contract states the limits. A batch that is cut or applied in part loses users "
                    "without a word.",
                mend:
                    "Call `Validate::validate` before anything else; do not split batches behind the "
                    "caller's back.",
            }
            queries_beyond_the_limits_are_refused {
                demands:
                    "A query with a limit above 100 or an offset above 1,000 is refused with an error of "
                    "kind `Invalid` whose violation names the field.",
                why:
                    "The contract states both. Who is given fewer users than asked for takes them for "
                    "all.",
                mend:
                    "Call `Validate::validate` before anything else.",
            }
            unknown_users_are_not_found {
                demands:
                    "An operation on one user who is not there fails with an error for which "
                    "`is_not_found` holds: patching, deactivating, reactivating, exporting, blocking, "
                    "unblocking, listing blocks and locations, moving a location. A query finds nobody.",
                why:
                    "The service answers with code 16 and status 404 where something does not exist. "
                    "Programs tell \"gone\" from \"failed\" by it.",
                mend:
                    "Answer with `ApiError::new(ErrorCode::DOES_NOT_EXIST, 404, ..)`, and create nobody "
                    "on the way.",
            }
            unknown_tasks_are_not_found {
                demands:
                    "Asking for a task that is not there fails with an error for which `is_not_found` "
                    "holds.",
                why:
                    "The service answers 404, `Can't find task with id \"..\"`. Whoever waits for a task "
                    "must not wait for ever.",
                mend:
                    "Answer with `ApiError::new(ErrorCode::DOES_NOT_EXIST, 404, ..)`.",
            }
            upserted_users_are_found {
                demands:
                    "A user who was upserted is found by id, with what was sent: name, image, language, "
                    "invisibility, custom data; active, in the role `user`, with the time of its "
                    "creation.",
                why:
                    "The service answers reads with what was written, from the moment that the write is "
                    "acknowledged.",
                mend:
                    "A cache must be written, or forget the user, when users are written through it.",
            }
            upserts_answer_with_the_users {
                demands:
                    "The answer to an upsert holds each user of the batch under its id, as it is now.",
                why:
                    "Programs take what they go on with from the answer rather than asking again.",
                mend:
                    "Fill `UpsertedUsers` with every user of the request.",
            }
            upserts_replace {
                demands:
                    "An upsert of a user who exists replaces it: name, image and custom data that are not "
                    "sent again are gone. The time of creation stays.",
                why:
                    "The service replaces; what changes single fields is `update_users_partial`.",
                mend:
                    "Do not merge into what is stored.",
            }
            upserts_are_all_or_nothing {
                demands:
                    "A batch with one user whom the service refuses is refused as a whole: nobody of it "
                    "is created or changed.",
                why:
                    "The service fails the whole batch for one bad user. A program that tries again must "
                    "find things as they were.",
                mend:
                    "Check the whole batch before anything of it is stored.",
            }
            ids_come_back_as_they_are {
                demands:
                    "Ids of letters, digits, `@`, `_` and `-`, up to 255 characters, come back byte for "
                    "byte; `Ada` and `ada` are two users, `007` is no number.",
                why:
                    "The service takes these characters, and ids are case-sensitive.",
                mend:
                    "Compare ids as texts; do not fold their case, trim or parse them.",
            }
            odd_ids_are_refused_or_kept {
                demands:
                    "An id such as `a/b`, `a b`, `%2F` or `a+b` is either refused by the service, or "
                    "names the same user in every operation, also where it stands in a path.",
                why:
                    "Which characters are allowed is the service's word. An id that is changed on the way "
                    "names somebody else.",
                mend:
                    "Encode ids as segments of a path once, and decode them once.",
            }
            custom_data_come_back {
                demands:
                    "Custom data come back as they were sent: nested, Unicode, numbers, booleans, `null`, "
                    "empty lists, objects and texts.",
                why:
                    "The service keeps custom data as they are and converts nothing.",
                mend:
                    "Keep the JSON. Do not drop `null`, and do not read numbers as floats.",
            }
            no_custom_data_are_empty {
                demands:
                    "A user without custom data has empty ones: `{}`.",
                why:
                    "The service's answers always have the object.",
                mend:
                    "Answer with `Custom::new()`.",
            }
            patches_keep_the_rest {
                demands:
                    "A patch sets what it names, also single keys of custom data, and leaves everything "
                    "else as it was.",
                why:
                    "That is what the service's partial update is for.",
                mend:
                    "Change what is stored instead of replacing it.",
            }
            patches_unset {
                demands:
                    "A patch takes away what it unsets, built-in fields and keys of custom data, and "
                    "leaves the rest.",
                why:
                    "The service removes what stands in `unset`.",
                mend:
                    "Apply `UserPatch::unset` as well as `set`.",
            }
            patches_reach_inside {
                demands:
                    "A key with dots sets or unsets a place inside custom data, leaves what is beside it, "
                    "and makes the objects on the way that are missing.",
                why:
                    "The service reads `address.city` as a path.",
                mend:
                    "Split keys at dots, and walk.",
            }
            patches_replace_objects {
                demands:
                    "A key whose value is an object replaces the object that was there; the two are not "
                    "merged.",
                why:
                    "The service replaces the value of a custom key as a whole.",
                mend:
                    "Merge nothing but privacy settings.",
            }
            patches_merge_privacy_settings {
                demands:
                    "Privacy settings in a patch are merged: those that are not named stay.",
                why:
                    "It is the one field that the service merges, which its SDKs' tests show.",
                mend:
                    "Merge `privacy_settings` by their parts.",
            }
            patches_are_all_or_nothing {
                demands:
                    "A batch of patches with one user who is not there is refused as not found: nobody is "
                    "changed, and nobody created.",
                why:
                    "The service refuses the request as a whole.",
                mend:
                    "Look all users up before the first is changed.",
            }
            queries_filter {
                demands:
                    "A query finds exactly the users for whom its filter holds: by id, name, role, flags "
                    "and custom data, with the operators of each, combined by `&`, `|` and `!`.",
                why:
                    "The operators are the contract's. A filter that is ignored finds users whom nobody "
                    "asked for, who may then be deleted.",
                mend:
                    "Refuse an operator that you do not know rather than leaving it out.",
            }
            queries_sort {
                demands:
                    "Users come in the order that was asked for, in both directions: by id, by name, and "
                    "by a number in custom data as a number.",
                why:
                    "Pages go on by the order; numbers in custom data are compared as numbers by the "
                    "service.",
                mend:
                    "Sort before limit and offset are applied; do not sort numbers as texts.",
            }
            queries_begin_with_the_newest {
                demands:
                    "Where no order is asked for, the newest users come first.",
                why:
                    "The service sorts by `created_at` and then by `id`, both descending.",
                mend:
                    "Sort so where `QueryUsers::sort` is empty.",
            }
            queries_limit_and_skip {
                demands:
                    "A query returns at most `limit` users, and skips `offset` of those that it finds; "
                    "behind the last there is nobody.",
                why:
                    "Pages are made of it.",
                mend:
                    "Skip first, then limit, after filter and order.",
            }
            queries_return_thirty_unless_told {
                demands:
                    "A query without a limit returns at most 30 users.",
                why:
                    "The service does. A test against an implementation that returns all hides that a "
                    "program forgot to page.",
                mend:
                    "Read a missing limit as 30.",
            }
            queries_hide_who_is_deactivated {
                demands:
                    "Queries leave deactivated users out, unless `include_deactivated_users` is set: then "
                    "they come, with `deactivated_at`.",
                why:
                    "The service hides them by default.",
                mend:
                    "Add the condition to every query that does not ask for them.",
            }
            pages_reach_everybody_once {
                demands:
                    "`pages` and `items` hand out every user exactly once over several pages: by id in "
                    "both directions, by time of creation, and by name also where names are equal or "
                    "missing.",
                why:
                    "They filter behind the last user, combined with the query's own filter.",
                mend:
                    "Look at `queries_filter` and `queries_sort` first; equal values must be ordered by "
                    "the next order of the query.",
            }
            pages_resume_from_a_cursor {
                demands:
                    "A cursor that was saved as a text resumes where it was taken, also where the users "
                    "behind it have been read in the meantime.",
                why:
                    "A worker that dies is started again with the cursor that it saved last, and asks the "
                    "same question a second time.",
                mend:
                    "Answer each query by what is in it, not by what was asked before.",
            }
            deactivated_users_come_back {
                demands:
                    "`deactivate_user` answers with `deactivated_at`; `reactivate_user` brings the user "
                    "back without it, under the name that is given along.",
                why:
                    "The service does both at once, and keeps the data.",
                mend:
                    "Keep deactivated users; a cache must forget who is deactivated or reactivated.",
            }
            deactivating_twice_is_refused {
                demands:
                    "Deactivating a user who is deactivated is refused with code 4.",
                why:
                    "`UsersApi::deactivate_user` documents it; a program tells by it that somebody else "
                    "was first.",
                mend:
                    "Answer with `ApiError::new(ErrorCode::INPUT, 400, ..)`.",
            }
            reactivating_the_active_is_refused {
                demands:
                    "Reactivating a user who is not deactivated is refused with code 4.",
                why:
                    "The service answers `.. is not deactivated`.",
                mend:
                    "Answer with `ApiError::new(ErrorCode::INPUT, 400, ..)`.",
            }
            deactivated_users_cannot_be_upserted {
                demands:
                    "An upsert of a deactivated user is refused as not found, and changes nothing.",
                why:
                    "The service answers `the user .. was deactivated` with code 16 and status 404.",
                mend:
                    "Look at `deactivated_at` before writing.",
            }
            many_are_deactivated_and_reactivated {
                demands:
                    "`deactivate_users` and `reactivate_users` start tasks that complete with the users "
                    "as they are then.",
                why:
                    "The results of these tasks are `{\"users\": [..]}` with whole users.",
                mend:
                    "Give out an id for the task and answer `get_task` with a result of `TaskUsers`.",
            }
            deletion_is_a_task_that_completes {
                demands:
                    "`delete_users` hides the users from queries at once, and starts a task that "
                    "completes with `ok` for each of them.",
                why:
                    "The service marks users as deleted before it answers, and tells in the task's result "
                    "what became of each.",
                mend:
                    "Mark first, then answer; the result of the task is `DeletedUsers`.",
            }
            ids_of_the_deleted_stay_taken {
                demands:
                    "The id of a deleted user cannot be upserted again, softly deleted or for good: it is "
                    "refused as not found, and nobody is created.",
                why:
                    "The service answers `the user .. was deleted` with code 16 and status 404, for ever.",
                mend:
                    "Remember the ids of deleted users.",
            }
            the_softly_deleted_can_be_restored {
                demands:
                    "A softly deleted user is restored with the profile that it had, and found again.",
                why:
                    "A soft deletion keeps the data.",
                mend:
                    "Keep what is deleted softly; a cache must forget who is deleted or restored.",
            }
            others_cannot_be_restored {
                demands:
                    "Restoring a user who is not deleted is refused with code 4; one who was deleted for "
                    "good does not come back.",
                why:
                    "The service answers `user \"..\" is not deleted, it can't be restored`.",
                mend:
                    "Answer with `ApiError::new(ErrorCode::INPUT, 400, ..)`.",
            }
            one_user_is_exported {
                demands:
                    "`export_user` answers at once with the user, custom data included.",
                why:
                    "A person who asks for what is stored about them is answered from it.",
                mend:
                    "Fill `ExportedUser::user`.",
            }
            exports_are_downloaded {
                demands:
                    "`export_users` starts a task that ends with the URL of a file, which `read_export` "
                    "reads and `download` understands: each user once, as it is.",
                why:
                    "`erase_users` deletes nobody who is not in that file.",
                mend:
                    "Write a JSON document a line, `{\"type\": \"user\", \"data\": {..}}`, and answer "
                    "`read_export` with the bytes that were asked for.",
            }
            blocks_come_and_go {
                demands:
                    "A block stands in `get_blocked_users` and in `blocked_user_ids` of the user who made "
                    "it, and of nobody else, until it is taken back.",
                why:
                    "Blocks go one way.",
                mend:
                    "Keep pairs of who and whom.",
            }
            upserts_keep_blocks {
                demands:
                    "An upsert of a user leaves those whom the user has blocked blocked.",
                why:
                    "The service replaces the profile and nothing else; an SDK that cleared blocks by "
                    "upserts had to be mended.",
                mend:
                    "Store blocks apart from what an upsert replaces.",
            }
            guests_get_a_token {
                demands:
                    "`create_guest` answers with a user in the role `guest`, whose id contains the one "
                    "that was asked for, and a token that is not empty; queries find the guest by the id "
                    "of the answer.",
                why:
                    "The service may put something before the id of a guest.",
                mend:
                    "Go on with the id of the answer.",
            }
            nobody_shares_a_location_unasked {
                demands:
                    "A new user has no live locations.",
                why:
                    "They come from messages alone.",
                mend:
                    "Answer with an empty list.",
            }
            quotas_are_told_as_asked {
                demands:
                    "`get_rate_limits` tells the quotas of the platforms and operations that were asked "
                    "for, and no others, each with at most as many calls left as the limit.",
                why:
                    "The service filters by both.",
                mend:
                    "Look at `GetRateLimits::endpoints`, which holds the service's names (`QueryUsers`), "
                    "and at the platforms.",
            }
            many_calls_at_once {
                demands:
                    "Calls that are made at the same time are all answered, each with its own answer.",
                why:
                    "A web service makes as many calls at once as it has requests.",
                mend:
                    "Keep nothing about one call where the next one finds it.",
            }
            a_call_can_be_given_up {
                demands:
                    "Dropping calls that have begun leaves the implementation able to serve the next.",
                why:
                    "A program drops calls when its own caller goes away or a timeout ends.",
                mend:
                    "Give back locks and places in queues in `Drop`, and hold no lock over an `await`.",
            }
            pointers_are_the_same_api {
                demands:
                    "Through `Arc<dyn UsersApi>`, `Box<dyn UsersApi>` and a reference the same question "
                    "gets the same answer.",
                why:
                    "Programs hold the API behind pointers, and hand it to many parts of themselves.",
                mend:
                    "Answer a question by what is stored, not by how often it was asked.",
            }
            the_clock_runs {
                demands:
                    "`clock` gives a clock whose sleep ends, and whose stopwatch has then moved at least "
                    "as far.",
                why:
                    "Waiting for a task goes by it.",
                mend:
                    "Forward `clock`, or leave out the method so that tokio's is used.",
            }
        }
    };
}
