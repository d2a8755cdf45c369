using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using P2P.Browser.Support;
using P2P.TestSupport;

namespace P2P.Browser;

/// <summary>The page of samples/Whiteboard: what is drawn is on every board, to the pixel.</summary>
public sealed partial class WhiteboardPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    /// <summary>What the node of a page has, painted by hand beside the page's own canvas: the list in the log's order and nothing else.</summary>
    private const string Expected =
        """
        async () => {
          const shown = document.querySelector('canvas');
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [shown.width, shown.height];
          const pen = canvas.getContext('2d');
          for (const { colour, points } of await (await fetch('strokes')).json()) {
            pen.strokeStyle = colour;
            pen.lineWidth = 4;
            pen.lineCap = pen.lineJoin = 'round';
            pen.beginPath();
            for (let i = 0; i + 1 < points.length; i += 2) pen.lineTo(points[i], points[i + 1]);
            pen.stroke();
          }
          return canvas.toDataURL();
        }
        """;

    private const string Shown = "() => document.querySelector('canvas').toDataURL()";

    [BrowserFact]
    public async Task What_two_draw_at_once_is_the_same_picture_on_three_boards()
    {
        string readme = await File.ReadAllTextAsync(Path.Combine(Require.Root, "samples", "Whiteboard", "README.md"));
        await using Child sample = Child.StartProgram("Whiteboard.dll", "0", "0");
        string[] said = [await ReadLineAsync(sample), await ReadLineAsync(sample), await ReadLineAsync(sample)];
        Assert.Contains(Port().Replace(string.Join('\n', said) + "\n", ":0/"), Port().Replace(readme, ":0/"), StringComparison.Ordinal);
        await using WatchedPage ann = await OpenAsync(said[0], "#e5484d");
        await using WatchedPage ben = await OpenAsync(said[1], "#1f6feb");
        await using WatchedPage watching = await OpenAsync(said[1], "#000000");

        // Two lines that cross, drawn at the same time: which one is on top is the log's word, and the same on every board.
        await Task.WhenAll(DrawAsync(ann.Page, (100, 100), (700, 400)), DrawAsync(ben.Page, (700, 100), (100, 400)));
        await DrawAsync(ann.Page, (100, 450), (700, 450));
        await EndsAsync(ben.Page, "#e5484d", (700, 450)); // all of Ann's lines are with Ben
        await EndsAsync(ann.Page, "#1f6feb", (100, 400));
        await SameAsync([ann.Page, ben.Page, watching.Page]);

        await using WatchedPage late = await OpenAsync(said[0], "#000000");
        await SameAsync([ann.Page, late.Page]);
        Assert.Empty(new[] { ann, ben, watching, late }.SelectMany(static page => page.Errors));
    }

    private async Task<WatchedPage> OpenAsync(string line, string colour)
    {
        WatchedPage page = await chromium.OpenAsync();
        await page.Page.GotoAsync(Address().Match(line).Value);
        await page.Page.GetByLabel("Colour").FillAsync(colour);
        return page;
    }

    private static async Task DrawAsync(IPage page, (int X, int Y) from, (int X, int Y) to)
    {
        LocatorBoundingBoxResult canvas = (await page.Locator("canvas").BoundingBoxAsync())!;
        int border = await page.EvaluateAsync<int>("() => document.querySelector('canvas').clientLeft");
        (float left, float top) = (canvas.X + border, canvas.Y + border);
        await page.Mouse.MoveAsync(left + from.X, top + from.Y);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(left + to.X, top + to.Y, new MouseMoveOptions { Steps = 60 });
        await page.Mouse.UpAsync();
    }

    /// <summary>Waits until the node of a page has the last piece of a line.</summary>
    private static async Task EndsAsync(IPage page, string colour, (int X, int Y) end)
    {
        CancellationToken watchdog = Watchdog.Start();
        while (!JsonNode.Parse(await page.EvaluateAsync<string>("async () => (await fetch('strokes')).text()"))!.AsArray().Any(IsEnd))
        {
            await Task.Delay(50, watchdog);
        }

        bool IsEnd(JsonNode? stroke)
        {
            JsonArray points = stroke!["points"]!.AsArray();
            return (string?)stroke["colour"] == colour && Math.Abs((double)points[^2]! - end.X) < 2 && Math.Abs((double)points[^1]! - end.Y) < 2;
        }
    }

    /// <summary>Waits until every page shows what its node has, and all nodes have the same.</summary>
    private static async Task SameAsync(IPage[] pages)
    {
        CancellationToken watchdog = Watchdog.Start();
        while (true)
        {
            string[] pictures = await Task.WhenAll(pages.SelectMany(static page => new[] { page.EvaluateAsync<string>(Shown), page.EvaluateAsync<string>(Expected) }));
            if (pictures.Distinct(StringComparer.Ordinal).Count() == 1)
            {
                return;
            }

            Assert.False(watchdog.IsCancellationRequested, $"{pictures.Distinct(StringComparer.Ordinal).Count()} different pictures on {pages.Length} boards");
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private static async Task<string> ReadLineAsync(Child sample) => await sample.ReadLineAsync() ?? "(ended)";

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex Address();

    [GeneratedRegex(@":\d+/")]
    private static partial Regex Port();
}
