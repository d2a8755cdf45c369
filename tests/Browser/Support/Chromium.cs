using Microsoft.Playwright;

namespace P2P.Browser.Support;

/// <summary>The system's Chromium, started once for all tests of a class.</summary>
public sealed class Chromium : IAsyncLifetime
{
    public const string MissingReason = "needs Chromium: apt-get install chromium, or its path in P2P_CHROMIUM";

    /// <summary>A name that leads to loopback in this browser only: what DNS rebinding looks like.</summary>
    public const string Rebound = "attacker.example";

    private static readonly float s_limit = (float)TestSupport.Watchdog.Limit.TotalMilliseconds;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public static string? Path { get; } = new[] { Environment.GetEnvironmentVariable("P2P_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser" }
        .FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        if (Path is null)
        {
            return; // the facts skip, or fail in CI when they ask for a page
        }

        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(s_limit); // five seconds by default: less than a busy machine may need
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Path,
            Timeout = s_limit,
            // No sandbox: tests run as root in containers, and the only pages are our own. The rule keeps every other name on this machine too.
            Args = ["--no-sandbox", $"--host-resolver-rules=MAP {Rebound} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
        });
    }

    /// <summary>A page in a profile of its own.</summary>
    public async Task<WatchedPage> OpenAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 800)
    {
        IBrowserContext context = await (_browser ?? throw new InvalidOperationException(MissingReason)).NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            Locale = "en-GB",
            TimezoneId = "UTC",
        });
        context.SetDefaultTimeout(s_limit);
        return new WatchedPage(context, await context.NewPageAsync());
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
