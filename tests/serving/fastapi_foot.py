# mypy: disable-error-code="import-not-found"
@router.post("/works")
async def work(
    user: Annotated[User, Depends(current_user)], sessions: RequestSessions
) -> int:
    async def count(session: AsyncSession) -> int:
        return await UserRepository(session).count(User.id == user.id)

    return await run(sessions, count)
