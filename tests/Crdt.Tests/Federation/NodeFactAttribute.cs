using P2P.TestSupport;

namespace P2P.Crdt.Tests.Federation;

/// <summary>A fact that runs a script under Node: skipped with a reason where there is none, a failure in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute()
    {
        bool installed = File.Exists(Path.Combine(Require.Root, "tests", "Interop", "js", "node_modules", "node", "bin", "node"))
            || (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Any(static p => File.Exists(Path.Combine(p, "node")));
        if (!installed && !Require.InCi)
        {
            Skip = "needs node: on the PATH, or by npm ci --prefix tests/Interop/js";
        }
    }
}
