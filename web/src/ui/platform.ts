/** isMac tells whether the command key takes the place of Control. */
export const isMac = (): boolean => /mac|iphone|ipad/i.test(navigator.platform)
