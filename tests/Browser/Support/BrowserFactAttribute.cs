using P2P.TestSupport;

namespace P2P.Browser.Support;

/// <summary>A fact that needs Chromium: skipped with a reason when it is not installed, a failure in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Chromium.Path is null && !Require.InCi)
        {
            Skip = Chromium.MissingReason;
        }
    }
}
