using P2P.TestSupport;

namespace P2P.Interop.Support;

/// <summary>A fact that needs the node peers: skipped with a reason when they are not installed, a failure in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InteropFactAttribute : FactAttribute
{
    public InteropFactAttribute()
    {
        if (!JsPeer.Installed && !Require.InCi)
        {
            Skip = JsPeer.MissingReason;
        }
    }
}
