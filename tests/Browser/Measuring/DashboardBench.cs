using System.Globalization;
using Microsoft.Playwright;
using P2P.Browser.Support;

namespace P2P.Browser.Measuring;

/// <summary>Figures of goal U8. Wall time, so they depend on what else the machine does; the load is printed beside them.</summary>
internal static class DashboardBench
{
    private const int Keys = 200;
    private const int Events = 5_000;
    private const int Rounds = 15;

    /// <summary>Notes when the editor's text has grown, by the clock that all pages of a browser share.</summary>
    private const string Watch =
        """
        () => {
          const content = document.querySelector('.editor-host').shadowRoot.querySelector('.cm-content');
          const now = () => performance.timeOrigin + performance.now();
          window.keys = [];
          window.seen = [];
          content.addEventListener('keydown', () => window.keys.push(now()), true);
          new MutationObserver(() => {
            const length = content.textContent.length;
            while (window.seen.length < length) { window.seen.push(now()); }
          }).observe(content, { childList: true, characterData: true, subtree: true });
        }
        """;

    private const string Draw =
        """
        async rounds => {
          const { layOut, draw } = await import('./views/dag.js');
          const dag = await (await fetch('api/dag?doc=notes')).json();
          const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
          document.getElementById('main').replaceChildren(svg);
          const times = [];
          for (let i = 0; i < rounds; i++) {
            svg.innerHTML = '';
            await new Promise(requestAnimationFrame);
            const began = performance.now();
            const places = layOut(dag);
            svg.setAttribute('width', places.width);
            svg.setAttribute('height', places.height);
            svg.innerHTML = draw(dag, places, { count: dag.cid.length, selected: null, window: [-Infinity, Infinity] });
            svg.getBoundingClientRect();
            const made = performance.now() - began;
            await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
            times.push([made, performance.now() - began]);
          }
          return times.flat();
        }
        """;

    public static async Task RunAsync(TextWriter output)
    {
        Chromium chromium = new();
        await chromium.InitializeAsync();
        try
        {
            await MeasureKeysAsync(chromium, output);
            await MeasureDrawingAsync(chromium, output);
        }
        finally
        {
            await chromium.DisposeAsync();
        }
    }

    private static async Task MeasureKeysAsync(Chromium chromium, TextWriter output)
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using WatchedPage left = await chromium.OpenAsync();
        await using WatchedPage right = await chromium.OpenAsync();
        await left.GoAsync(nodes.Hosts[0].Link);
        await right.GoAsync(nodes.Hosts[1].Link);
        await left.EditAsync(TwoNodes.Document);
        await right.EditAsync(TwoNodes.Document);
        await left.Page.Keyboard.TypeAsync("x");
        await right.SeesTextAsync("x");
        await left.Page.Keyboard.PressAsync("Backspace");
        await TwoNodes.UntilAsync(() => nodes.Documents[1].Text.Length == 0);
        await left.Page.EvaluateAsync(Watch);
        await right.Page.EvaluateAsync(Watch);
        await right.Page.EvaluateAsync("window.seen = []");
        await left.Editor.ClickAsync();
        await left.Page.Keyboard.TypeAsync(new string('k', Keys), new KeyboardTypeOptions { Delay = 90 });
        await TwoNodes.UntilAsync(() => nodes.Documents[1].Text.Length == Keys);
        await right.SeesTextAsync(new string('k', Keys));
        double[] pressed = await left.Page.EvaluateAsync<double[]>("window.keys");
        double[] seen = await right.Page.EvaluateAsync<double[]>("window.seen");
        double[] delays = [.. pressed.Zip(seen, static (p, s) => s - p).Order()];
        await output.WriteLineAsync(
            $"key to other browser, {delays.Length} keys: p50 {At(delays, 0.5)} ms, p95 {At(delays, 0.95)} ms, max {At(delays, 1)} ms (load {Load()})");
    }

    private static async Task MeasureDrawingAsync(Chromium chromium, TextWriter output)
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        for (int i = 0; i < Events; i++)
        {
            await nodes.Documents[i / 7 % 2].AppendAsync(i.ToString(CultureInfo.InvariantCulture) + "\n");
        }

        await nodes.ConvergedAsync();
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Link);
        double[] times = await page.Page.EvaluateAsync<double[]>(Draw, Rounds);
        double[] made = [.. times.Where(static (_, i) => i % 2 == 0).Order()];
        double[] painted = [.. times.Where(static (_, i) => i % 2 == 1).Order()];
        await output.WriteLineAsync(
            $"history of {nodes.Documents[0].Status.VisibleCount} events, {Rounds} rounds: laid out and in the page p50 {At(made, 0.5)} ms, max {At(made, 1)} ms; "
            + $"painted p50 {At(painted, 0.5)} ms, max {At(painted, 1)} ms (load {Load()})");
    }

    private static string At(double[] sorted, double share) =>
        sorted[(int)Math.Min(sorted.Length - 1, sorted.Length * share)].ToString("0.0", CultureInfo.InvariantCulture);

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
