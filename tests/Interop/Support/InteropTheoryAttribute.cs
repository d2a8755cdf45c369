using P2P.TestSupport;

namespace P2P.Interop.Support;

/// <summary>A theory that needs the node peers: skipped with a reason when they are not installed, a failure in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InteropTheoryAttribute : TheoryAttribute
{
    public InteropTheoryAttribute()
    {
        if (!JsPeer.Installed && !Require.InCi)
        {
            Skip = JsPeer.MissingReason;
        }
    }
}
