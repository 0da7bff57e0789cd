import { Component, type ComponentChildren, createElement, type FunctionComponent } from "preact";

/** A component that renders again only when one of its properties is another value. */
export function memo<Props extends object>(inner: FunctionComponent<Props>): FunctionComponent<Props> {
  class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      const before = this.props as Record<string, unknown>;
      return Object.entries(next).some(([name, value]) => before[name] !== value);
    }

    override render(): ComponentChildren {
      return createElement(inner, this.props as Props);
    }
  }
  return Memo as unknown as FunctionComponent<Props>;
}
