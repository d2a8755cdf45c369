namespace P2P.Cli.Doctor;

/// <summary>One line of <c>p2p doctor</c>.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Verdict">How it is.</param>
/// <param name="Text">What was found.</param>
/// <param name="Next">What to do; for problems.</param>
internal sealed record CheckResult(string Name, CheckVerdict Verdict, string Text, string? Next = null)
{
    public static CheckResult Ok(string name, string text) => new(name, CheckVerdict.Ok, text);

    public static CheckResult Problem(string name, string text, string next) => new(name, CheckVerdict.Problem, text, next);

    public static CheckResult Skipped(string name, string text) => new(name, CheckVerdict.Skipped, text);
}
