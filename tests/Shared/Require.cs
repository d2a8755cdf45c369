namespace P2P.TestSupport;

/// <summary>Decides whether a test whose needs are missing is skipped (with a printed reason) or, in CI, fails.</summary>
internal static class Require
{
    public static bool InCi => Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>The folder of shared vectors and traces beside the repository, or null.</summary>
    public static string? Shared { get; } = FindShared();

    /// <summary>The repository root.</summary>
    public static string Root { get; } = FindUp("P2P.sln") ?? throw new InvalidOperationException("Run from inside the repository.");

    public static string SharedFile(params string[] parts) =>
        Path.Combine([Shared ?? throw new InvalidOperationException("../shared is missing"), .. parts]);

    private static string? FindShared()
    {
        string? root = FindUp("P2P.sln");
        string candidate = root is null ? string.Empty : Path.Combine(Path.GetDirectoryName(root)!, "shared");
        string? named = Environment.GetEnvironmentVariable("P2P_SHARED");
        return named is not null && Directory.Exists(Path.Combine(named, "vectors")) ? named
            : Directory.Exists(Path.Combine(candidate, "vectors")) ? candidate
            : null;
    }

    private static string? FindUp(string file)
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, file)))
            {
                return at.FullName;
            }
        }

        return null;
    }
}

/// <summary>A fact that reads <c>../shared</c>: skipped with a reason without it, a failure in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute()
    {
        if (Require.Shared is null && !Require.InCi)
        {
            Skip = "needs the conformance vectors in ../shared (or P2P_SHARED), which are not here";
        }
    }
}

/// <summary>A theory that reads <c>../shared</c>: skipped with a reason without it, a failure in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute()
    {
        if (Require.Shared is null && !Require.InCi)
        {
            Skip = "needs the conformance vectors in ../shared (or P2P_SHARED), which are not here";
        }
    }
}
