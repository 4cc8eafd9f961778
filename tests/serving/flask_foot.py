@blueprint.post("/works")
def work() -> Response:
    def count(session) -> int:
        return UserRepository(session).count(User.id == g.user.id)

    return answer(run(service().sessions, count))
