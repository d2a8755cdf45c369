namespace P2P.Cli;

/// <summary>Which program this is.</summary>
internal static class ProgramVersion
{
    /// <summary>Three numbers.</summary>
    public static string Text { get; } = typeof(ProgramVersion).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
